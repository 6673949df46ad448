import type { PixelRect } from "./rect";

/** Side of a mask tile in image pixels; the same number the API uses. */
export const TILE_PX = 512;

/** A set pixel. As a normalised texture it reads 1.0, so that mipmaps of thin scratches do not round to nothing. */
export const SET = 255;

/** One tile: the bytes are the truth (0 or `SET`, row-major), `dirty` is what the GPU copy does not have yet. */
export interface MaskTile {
  readonly row: number;
  readonly col: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Box in tile coordinates; null when the GPU copy is current. */
  dirty: PixelRect | null;
  /** Whether a GPU copy was ever made; until then `dirty` holds all that was set. */
  wasSent: boolean;
}

/**
 * A binary mask of one layer, kept as sparse tiles in image pixels.
 *
 * Memory grows with the painted area, not with the image. Tiles at the right and bottom edge are full size;
 * pixels beyond the image are never set.
 */
export class TileMask {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly columns: number;
  readonly rows: number;
  private readonly tilesByKey = new Map<number, MaskTile>();
  /** Where a set pixel was seen last: likely there is still one. */
  private lastSet: MaskTile | undefined;

  constructor(widthPx: number, heightPx: number) {
    this.widthPx = widthPx;
    this.heightPx = heightPx;
    this.columns = Math.ceil(widthPx / TILE_PX);
    this.rows = Math.ceil(heightPx / TILE_PX);
  }

  /** Every tile that was ever touched, empty ones included. */
  tiles(): IterableIterator<MaskTile> {
    return this.tilesByKey.values();
  }

  tile(row: number, col: number): MaskTile | undefined {
    return this.tilesByKey.get(row * this.columns + col);
  }

  /** The tile at this place, made when absent. Throws `RangeError` outside the image. */
  ensureTile(row: number, col: number): MaskTile {
    if (row < 0 || col < 0 || row >= this.rows || col >= this.columns) {
      throw new RangeError(`The mask has no tile (${row}, ${col}).`);
    }
    const key = row * this.columns + col;
    let tile = this.tilesByKey.get(key);
    if (!tile) {
      tile = { row, col, bytes: new Uint8Array(TILE_PX * TILE_PX), dirty: null, wasSent: false };
      this.tilesByKey.set(key, tile);
    }
    return tile;
  }

  /** 1 where the pixel is set, 0 elsewhere and outside the image. */
  get(x: number, y: number): 0 | 1 {
    if (x < 0 || y < 0 || x >= this.widthPx || y >= this.heightPx) return 0;
    const tile = this.tile(Math.floor(y / TILE_PX), Math.floor(x / TILE_PX));
    return tile?.bytes[(y % TILE_PX) * TILE_PX + (x % TILE_PX)] ? 1 : 0;
  }

  /**
   * Sets a horizontal run, clipped to the image.
   *
   * `touch` is called before a tile is written, so that a stroke can keep what was there; `isNew` says that the tile
   * is made for this very span. Clearing never makes a tile.
   */
  fillSpan(
    y: number,
    x0: number,
    x1: number,
    value: 0 | 1,
    touch?: (tile: MaskTile, isNew: boolean) => void,
  ): void {
    if (y < 0 || y >= this.heightPx) return;
    const end = Math.min(x1, this.widthPx);
    const row = Math.floor(y / TILE_PX);
    const ty = y % TILE_PX;
    for (let x = Math.max(0, x0); x < end;) {
      const col = Math.floor(x / TILE_PX);
      const stop = Math.min(end, (col + 1) * TILE_PX);
      const known = this.tile(row, col);
      const tile = known ?? (value ? this.ensureTile(row, col) : undefined);
      if (tile) {
        touch?.(tile, !known);
        const left = x - col * TILE_PX;
        const right = stop - col * TILE_PX;
        tile.bytes.fill(value ? SET : 0, ty * TILE_PX + left, ty * TILE_PX + right);
        markDirty(tile, left, ty, right, ty + 1);
      }
      x = stop;
    }
  }

  /** Puts a whole tile in place (`null` clears it); any byte but 0 is set. Pixels beyond the image are dropped. */
  setTile(row: number, col: number, bytes: Uint8Array | null): void {
    const existing = this.tile(row, col);
    if (!bytes && !existing) return;
    const tile = existing ?? this.ensureTile(row, col);
    if (bytes && bytes.length !== tile.bytes.length) {
      throw new RangeError(`A tile has ${tile.bytes.length} bytes, not ${bytes.length}.`);
    }
    tile.bytes.fill(0);
    // A plain loop: a large draft has hundreds of tiles, and a callback a byte would stop the page for seconds.
    if (bytes) for (let i = 0; i < bytes.length; i++) if (bytes[i]) tile.bytes[i] = SET;
    this.clipToImage(tile);
    markDirty(tile, 0, 0, TILE_PX, TILE_PX);
  }

  /** Whether no pixel is set. Asked after every stroke. */
  isEmpty(): boolean {
    if (this.lastSet?.bytes.includes(SET)) return false;
    this.lastSet = [...this.tilesByKey.values()].find((tile) => tile.bytes.includes(SET));
    return this.lastSet === undefined;
  }

  /** Number of set pixels. */
  area(): number {
    let sum = 0;
    for (const tile of this.tilesByKey.values()) for (const byte of tile.bytes) sum += byte ? 1 : 0;
    return sum;
  }

  private clipToImage(tile: MaskTile): void {
    const right = this.widthPx - tile.col * TILE_PX;
    const bottom = this.heightPx - tile.row * TILE_PX;
    for (let y = 0; right < TILE_PX && y < TILE_PX; y++) {
      tile.bytes.fill(0, y * TILE_PX + right, (y + 1) * TILE_PX);
    }
    if (bottom < TILE_PX) tile.bytes.fill(0, bottom * TILE_PX);
  }
}

/** Adds a box (tile coordinates) to what the GPU copy of a tile still has to receive. */
export function markDirty(tile: MaskTile, x0: number, y0: number, x1: number, y1: number): void {
  const { dirty } = tile;
  if (!dirty) {
    tile.dirty = { x0, y0, x1, y1 };
    return;
  }
  // In place: this is called for each row of a stroke.
  if (x0 < dirty.x0) dirty.x0 = x0;
  if (y0 < dirty.y0) dirty.y0 = y0;
  if (x1 > dirty.x1) dirty.x1 = x1;
  if (y1 > dirty.y1) dirty.y1 = y1;
}
