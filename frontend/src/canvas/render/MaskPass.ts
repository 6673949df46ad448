import type { MaskDocument } from "../MaskDocument";
import type { PixelRect } from "../geometry/rect";
import { TILE_PX, type MaskTile } from "../geometry/tiles";
import { hexToUnitRgb } from "./colourMap";
import { Coverage } from "./Coverage";
import type { Display, Frame, LayerStyle } from "./frame";
import { Program } from "./gl";
import { FULL_QUAD, LAYER, PLACED_QUAD, TILE } from "./shaders";
import { TileTextures } from "./TileTextures";

/** Masks: each visible layer is drawn into a coverage target, then tinted and outlined on the screen. */
export class MaskPass {
  private readonly gl: WebGL2RenderingContext;
  private readonly tileProgram;
  private readonly layerProgram;
  private readonly tiles: TileTextures;
  private readonly coverages = new Map<string, Coverage>();

  constructor(gl: WebGL2RenderingContext) {
    this.gl = gl;
    this.tileProgram = new Program(gl, PLACED_QUAD, TILE, ["u_rect", "u_view", "u_viewport", "u_tile"]);
    this.layerProgram = new Program(gl, FULL_QUAD, LAYER, [
      "u_coverage",
      "u_colour",
      "u_fill",
      "u_outline",
      "u_hatched",
    ]);
    this.tiles = new TileTextures(gl);
  }

  draw(document: MaskDocument, frame: Frame, display: Display): void {
    this.gl.activeTexture(this.gl.TEXTURE0);
    for (const [id, mask] of document.layers) {
      const style = display.layers.get(id);
      if (!style?.visible) continue;
      const coverage = this.coverageOf(id);
      coverage.update(
        mask,
        frame,
        (tile) => this.tiles.isBehind(tile),
        (due) => this.drawTiles(due, frame),
      );
      if (coverage.box) this.drawLayer(coverage.texture, coverage.box, style, frame, display);
    }
  }

  /** Forgets another image's masks. */
  clear(): void {
    this.tiles.clear();
    for (const coverage of this.coverages.values()) coverage.delete();
    this.coverages.clear();
  }

  private coverageOf(id: string): Coverage {
    let coverage = this.coverages.get(id);
    if (!coverage) {
      coverage = new Coverage(this.gl);
      this.coverages.set(id, coverage);
    }
    return coverage;
  }

  private drawTiles(tiles: readonly MaskTile[], frame: Frame): void {
    const { gl, tileProgram: program } = this;
    program.use();
    gl.uniform3f(program.at("u_view"), frame.view.scale, frame.view.x, frame.view.y);
    gl.uniform2f(program.at("u_viewport"), frame.viewport.width, frame.viewport.height);
    gl.uniform1i(program.at("u_tile"), 0);
    for (const tile of tiles) {
      const x = tile.col * TILE_PX;
      const y = tile.row * TILE_PX;
      gl.uniform4f(program.at("u_rect"), x, y, x + TILE_PX, y + TILE_PX);
      this.tiles.bind(tile, frame.view.scale < 1);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    }
  }

  private drawLayer(
    coverage: WebGLTexture,
    box: PixelRect,
    style: LayerStyle,
    frame: Frame,
    display: Display,
  ): void {
    const { gl, layerProgram: program } = this;
    this.limitTo(box, frame);
    program.use();
    gl.bindTexture(gl.TEXTURE_2D, coverage);
    gl.uniform1i(program.at("u_coverage"), 0);
    gl.uniform3f(program.at("u_colour"), ...hexToUnitRgb(style.colour));
    gl.uniform1f(program.at("u_fill"), display.maskOpacity);
    gl.uniform1i(program.at("u_outline"), Number(display.maskOutline));
    gl.uniform1i(program.at("u_hatched"), Number(style.kind !== "defect"));
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    gl.disable(gl.SCISSOR_TEST);
  }

  /** Lets only a box be drawn, and around it the pixels on which an outline may lie. */
  private limitTo({ x0, y0, x1, y1 }: PixelRect, frame: Frame): void {
    const { gl } = this;
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(x0 - 2, frame.viewport.height - y1 - 2, x1 - x0 + 4, y1 - y0 + 4);
  }
}
