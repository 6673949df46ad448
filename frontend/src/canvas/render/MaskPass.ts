import type { MaskDocument } from "../MaskDocument";
import type { PixelRect } from "../geometry/rect";
import { TILE_PX, type MaskTile } from "../geometry/tiles";
import { visibleRect, type Size } from "../geometry/view";
import { hexToUnitRgb } from "./colourMap";
import type { Display, Frame, LayerStyle } from "./frame";
import { Program, setSampling } from "./gl";
import { FULL_QUAD, LAYER, PLACED_QUAD, TILE } from "./shaders";

interface TileCopy {
  texture: WebGLTexture;
  mipmapsCurrent: boolean;
  /** How it is sampled; null: not said yet. */
  minified: boolean | null;
}

/** Masks: each visible layer is drawn into a coverage target, then tinted and outlined on the screen. */
export class MaskPass {
  private readonly gl: WebGL2RenderingContext;
  private readonly tileProgram;
  private readonly layerProgram;
  private readonly target: WebGLFramebuffer;
  private readonly coverage: WebGLTexture;
  private targetSize: Size = { width: 0, height: 0 };
  private copies = new Map<MaskTile, TileCopy>();

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
    this.target = gl.createFramebuffer();
    this.coverage = gl.createTexture();
  }

  draw(document: MaskDocument, frame: Frame, display: Display): void {
    this.resizeTarget(frame.viewport);
    const seen = visibleRect(frame.view, frame.viewport);
    for (const [id, mask] of document.layers) {
      const style = display.layers.get(id);
      if (!style?.visible) continue;
      const tiles = [...mask.tiles()].filter((tile) => isWithin(tile, seen));
      if (tiles.length === 0) continue;
      const box = boxOnScreen(tiles, frame);
      // The outline looks one pixel around: there must be cleared coverage beyond what is tinted.
      this.limitTo(box, 4, frame);
      this.drawCoverage(tiles, frame);
      this.limitTo(box, 2, frame);
      this.drawLayer(style, display);
    }
    this.gl.disable(this.gl.SCISSOR_TEST);
  }

  /** Forgets the copies of another image's masks. */
  clear(): void {
    for (const copy of this.copies.values()) this.gl.deleteTexture(copy.texture);
    this.copies.clear();
  }

  private limitTo(box: PixelRect, marginPx: number, frame: Frame): void {
    const { gl } = this;
    gl.enable(gl.SCISSOR_TEST);
    const bottom = frame.viewport.height - box.y1;
    const width = box.x1 - box.x0 + 2 * marginPx;
    gl.scissor(box.x0 - marginPx, bottom - marginPx, width, box.y1 - box.y0 + 2 * marginPx);
  }

  private drawCoverage(tiles: MaskTile[], frame: Frame): void {
    const { gl, tileProgram: program } = this;
    const copies = tiles.map((tile) => this.currentCopy(tile, frame.view.scale < 1));
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.target);
    gl.disable(gl.BLEND);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    program.use();
    gl.uniform3f(program.at("u_view"), frame.view.scale, frame.view.x, frame.view.y);
    gl.uniform2f(program.at("u_viewport"), frame.viewport.width, frame.viewport.height);
    gl.uniform1i(program.at("u_tile"), 0);
    tiles.forEach((tile, index) => {
      const x = tile.col * TILE_PX;
      const y = tile.row * TILE_PX;
      gl.uniform4f(program.at("u_rect"), x, y, x + TILE_PX, y + TILE_PX);
      gl.bindTexture(gl.TEXTURE_2D, copies[index]!.texture);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    });
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.enable(gl.BLEND);
  }

  private drawLayer(style: LayerStyle, display: Display): void {
    const { gl, layerProgram: program } = this;
    program.use();
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.coverage);
    gl.uniform1i(program.at("u_coverage"), 0);
    gl.uniform3f(program.at("u_colour"), ...hexToUnitRgb(style.colour));
    gl.uniform1f(program.at("u_fill"), display.maskOpacity);
    gl.uniform1i(program.at("u_outline"), Number(display.maskOutline));
    gl.uniform1i(program.at("u_hatched"), Number(style.kind !== "defect"));
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  /** The tile's texture with its dirty rectangle sent, and mipmaps when the tile is drawn small. */
  private currentCopy(tile: MaskTile, minified: boolean): TileCopy {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0);
    let copy = this.copies.get(tile);
    if (!copy) {
      copy = { texture: gl.createTexture(), mipmapsCurrent: false, minified: null };
      this.copies.set(tile, copy);
      gl.bindTexture(gl.TEXTURE_2D, copy.texture);
      gl.texStorage2D(gl.TEXTURE_2D, Math.log2(TILE_PX) + 1, gl.R8, TILE_PX, TILE_PX);
      tile.dirty = { x0: 0, y0: 0, x1: TILE_PX, y1: TILE_PX };
    }
    gl.bindTexture(gl.TEXTURE_2D, copy.texture);
    if (tile.dirty) {
      this.send(tile);
      copy.mipmapsCurrent = false;
    }
    if (minified && !copy.mipmapsCurrent) {
      gl.generateMipmap(gl.TEXTURE_2D);
      copy.mipmapsCurrent = true;
    }
    if (copy.minified !== minified) {
      setSampling(gl, minified ? gl.LINEAR_MIPMAP_LINEAR : gl.NEAREST, gl.NEAREST);
      copy.minified = minified;
    }
    return copy;
  }

  private send(tile: MaskTile): void {
    const { gl } = this;
    const { x0, y0, x1, y1 } = tile.dirty!;
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, TILE_PX);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, x0);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, y0);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, x0, y0, x1 - x0, y1 - y0, gl.RED, gl.UNSIGNED_BYTE, tile.bytes);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, 0);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 0);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    tile.dirty = null;
  }

  private resizeTarget({ width, height }: Size): void {
    if (this.targetSize.width === width && this.targetSize.height === height) return;
    const { gl } = this;
    this.targetSize = { width, height };
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.coverage);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, width, height, 0, gl.RED, gl.UNSIGNED_BYTE, null);
    setSampling(gl, gl.NEAREST, gl.NEAREST);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.target);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.coverage, 0);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  }
}

/** The whole device pixels that a set of tiles covers, as far as they are on the screen. */
function boxOnScreen(tiles: readonly MaskTile[], { view, viewport }: Frame): PixelRect {
  const box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
  for (const { row, col } of tiles) {
    box.x0 = Math.min(box.x0, col);
    box.y0 = Math.min(box.y0, row);
    box.x1 = Math.max(box.x1, col + 1);
    box.y1 = Math.max(box.y1, row + 1);
  }
  const place = (tile: number, offset: number): number => tile * TILE_PX * view.scale + offset;
  return {
    x0: Math.floor(Math.max(0, place(box.x0, view.x))),
    y0: Math.floor(Math.max(0, place(box.y0, view.y))),
    x1: Math.ceil(Math.min(viewport.width, place(box.x1, view.x))),
    y1: Math.ceil(Math.min(viewport.height, place(box.y1, view.y))),
  };
}

function isWithin({ row, col }: MaskTile, seen: PixelRect): boolean {
  const [x, y] = [col * TILE_PX, row * TILE_PX];
  return x < seen.x1 && x + TILE_PX > seen.x0 && y < seen.y1 && y + TILE_PX > seen.y0;
}
