import { grown, type PixelRect } from "../geometry/rect";
import { TILE_PX, type MaskTile, type TileMask } from "../geometry/tiles";
import { visibleRect } from "../geometry/view";
import { isSamePlace, type Frame } from "./frame";
import { setSampling } from "./gl";

/** So far around a changed pixel an outline may change. */
export const OUTLINE_PX = 2;

/** What changed of the screen, in device pixels; null: nothing. */
export type Changed = PixelRect | "all" | null;

/** Draws tiles into the target that is bound. */
export type DrawTiles = (tiles: readonly MaskTile[]) => void;

/** One layer's pixels at screen size, kept from frame to frame: a stroke draws only the tiles that it changed. */
export class Coverage {
  readonly texture: WebGLTexture;
  /** The device pixels that its tiles cover; null without a tile in sight. */
  box: PixelRect | null = null;
  private readonly gl: WebGL2RenderingContext;
  private readonly framebuffer: WebGLFramebuffer;
  private mask: TileMask | null = null;
  private frame: Frame | null = null;
  private tileCount = 0;

  constructor(gl: WebGL2RenderingContext) {
    this.gl = gl;
    this.texture = gl.createTexture();
    this.framebuffer = gl.createFramebuffer();
  }

  /**
   * Brings the coverage up to date with a mask.
   *
   * @param isBehind - whether a tile changed since it was drawn last.
   * @returns the device pixels whose looks changed, outlines included; null: none did.
   */
  update(mask: TileMask, frame: Frame, isBehind: (tile: MaskTile) => boolean, drawTiles: DrawTiles): Changed {
    const seen = visibleRect(frame.view, frame.viewport);
    const tiles = [...mask.tiles()].filter((tile) => isWithin(tile, seen));
    if (tiles.length === 0) {
      this.box = this.mask = null;
      return null;
    }
    const isKept = mask === this.mask && this.frame !== null && isSamePlace(frame, this.frame);
    const due = isKept ? tiles.filter(isBehind) : tiles;
    if (!isKept || tiles.length !== this.tileCount) this.box = boxOf(tiles, frame);
    this.tileCount = tiles.length;
    if (due.length === 0) return null;
    if (!isKept) this.resize(frame);
    this.draw(due, isKept, drawTiles);
    [this.mask, this.frame] = [mask, frame];
    return isKept ? grown(boxOf(due, frame), OUTLINE_PX) : "all";
  }

  delete(): void {
    this.gl.deleteFramebuffer(this.framebuffer);
    this.gl.deleteTexture(this.texture);
  }

  private draw(tiles: readonly MaskTile[], isKept: boolean, drawTiles: DrawTiles): void {
    const { gl } = this;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.framebuffer);
    gl.disable(gl.BLEND);
    if (!isKept) {
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
    }
    drawTiles(tiles);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.enable(gl.BLEND);
  }

  private resize({ viewport: { width, height } }: Frame): void {
    const { gl, frame } = this;
    if (frame?.viewport.width === width && frame.viewport.height === height) return;
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, width, height, 0, gl.RED, gl.UNSIGNED_BYTE, null);
    setSampling(gl, gl.NEAREST, gl.NEAREST);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.texture, 0);
  }
}

/** The whole device pixels that a set of tiles covers, as far as they are on the screen. */
function boxOf(tiles: readonly MaskTile[], { view, viewport }: Frame): PixelRect {
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
