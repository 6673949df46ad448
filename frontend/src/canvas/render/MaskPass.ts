import type { MaskDocument } from "../MaskDocument";
import { grown, overlap, unite, type PixelRect } from "../geometry/rect";
import { TILE_PX, type MaskTile } from "../geometry/tiles";
import { hexToUnitRgb } from "./colourMap";
import { Coverage, OUTLINE_PX, type Changed } from "./Coverage";
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
  private document: MaskDocument | null = null;

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

  /** Brings the coverage of the visible layers up to date; returns the device pixels that changed since. */
  prepare(document: MaskDocument, frame: Frame, display: Display): Changed {
    const isSame = document === this.document;
    this.document = document;
    this.gl.activeTexture(this.gl.TEXTURE0);
    const changed = this.visible(document, display).map(({ id, mask }) =>
      this.coverageOf(id).update(
        mask,
        frame,
        (tile) => this.tiles.isBehind(tile),
        (due) => this.drawTiles(due, frame),
      ),
    );
    return isSame ? changed.reduce(together, null) : "all";
  }

  /** Draws what was prepared into a box of the target that is bound. */
  draw(document: MaskDocument, box: PixelRect, frame: Frame, display: Display): void {
    const { gl } = this;
    gl.enable(gl.SCISSOR_TEST);
    gl.activeTexture(gl.TEXTURE0);
    for (const { id, style } of this.visible(document, display)) {
      const coverage = this.coverageOf(id);
      const part = coverage.box && overlap(grown(coverage.box, OUTLINE_PX), box);
      if (part) this.drawLayer(coverage.texture, part, style, frame, display);
    }
    gl.disable(gl.SCISSOR_TEST);
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
    gl.scissor(box.x0, frame.viewport.height - box.y1, box.x1 - box.x0, box.y1 - box.y0);
    program.use();
    gl.bindTexture(gl.TEXTURE_2D, coverage);
    gl.uniform1i(program.at("u_coverage"), 0);
    gl.uniform3f(program.at("u_colour"), ...hexToUnitRgb(style.colour));
    gl.uniform1f(program.at("u_fill"), display.maskOpacity);
    gl.uniform1i(program.at("u_outline"), Number(display.maskOutline));
    gl.uniform1i(program.at("u_hatched"), Number(style.kind !== "defect"));
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  private visible(document: MaskDocument, display: Display) {
    return [...document.layers].flatMap(([id, mask]) => {
      const style = display.layers.get(id);
      return style?.visible ? [{ id, mask, style }] : [];
    });
  }
}

function together(a: Changed, b: Changed): Changed {
  if (a === "all" || b === "all") return "all";
  return b ? unite(a, b) : a;
}
