import { SET, TILE_PX, type MaskTile } from "../geometry/tiles";
import { setSampling } from "./gl";

interface TileCopy {
  /** Null: the tile was of one value whenever it was drawn. */
  texture: WebGLTexture | null;
  /** The tile's only value; null: its texture counts. */
  uniform: 0 | typeof SET | null;
  mipmapsCurrent: boolean;
  /** How it is sampled; null: not said yet. */
  minified: boolean | null;
}

const WHOLE = { x0: 0, y0: 0, x1: TILE_PX, y1: TILE_PX };

/** The graphics card's copies of mask tiles. A tile of one value is a single texel and never sent. */
export class TileTextures {
  private readonly gl: WebGL2RenderingContext;
  private readonly copies = new Map<MaskTile, TileCopy>();
  private readonly empty: WebGLTexture;
  private readonly full: WebGLTexture;

  constructor(gl: WebGL2RenderingContext) {
    this.gl = gl;
    this.empty = texel(gl, 0);
    this.full = texel(gl, SET);
  }

  /** Whether the card's copy is behind the tile. */
  isBehind(tile: MaskTile): boolean {
    return tile.dirty !== null || !this.copies.has(tile);
  }

  /** Binds the tile as it is now to the active unit, with mipmaps when it is drawn small. */
  bind(tile: MaskTile, minified: boolean): void {
    const { gl } = this;
    const copy = this.current(tile);
    if (copy.uniform !== null) {
      gl.bindTexture(gl.TEXTURE_2D, copy.uniform === SET ? this.full : this.empty);
      return;
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
  }

  /** Forgets the copies of another image's masks. */
  clear(): void {
    for (const { texture } of this.copies.values()) this.gl.deleteTexture(texture);
    this.copies.clear();
  }

  /** The tile's copy, with a texture unless one value says it all; what is left to send stays in `dirty`. */
  private current(tile: MaskTile): TileCopy {
    const copy = this.copies.get(tile) ?? this.begun(tile);
    if (!tile.dirty) return copy;
    const before = copy.uniform;
    // Only where all of it may be new can it have become uniform; a stroke's edge need not look.
    if (before !== null || isWhole(tile)) copy.uniform = uniformValue(tile);
    tile.wasSent = true;
    if (copy.uniform !== null) tile.dirty = null;
    else if (before !== null) {
      // A texture begins as zeros: of an empty tile's first strokes only their box is sent.
      if (copy.texture || before === SET) tile.dirty = { ...WHOLE };
      copy.texture ??= this.allocated();
    }
    return copy;
  }

  private begun(tile: MaskTile): TileCopy {
    const copy = { texture: null, uniform: 0 as const, mipmapsCurrent: false, minified: null };
    this.copies.set(tile, copy);
    if (tile.wasSent) tile.dirty = { ...WHOLE };
    return copy;
  }

  private allocated(): WebGLTexture {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texStorage2D(gl.TEXTURE_2D, Math.log2(TILE_PX) + 1, gl.R8, TILE_PX, TILE_PX);
    return texture;
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
}

function isWhole({ dirty }: MaskTile): boolean {
  return dirty?.x0 === 0 && dirty.y0 === 0 && dirty.x1 === TILE_PX && dirty.y1 === TILE_PX;
}

/** The value of all its pixels; null when there are both. */
function uniformValue({ bytes }: MaskTile): 0 | typeof SET | null {
  const other = bytes[0] === SET ? 0 : SET;
  return bytes.includes(other) ? null : other === SET ? 0 : SET;
}

function texel(gl: WebGL2RenderingContext, value: number): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, 1, 1, 0, gl.RED, gl.UNSIGNED_BYTE, new Uint8Array([value]));
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
  setSampling(gl, gl.NEAREST, gl.NEAREST);
  return texture;
}
