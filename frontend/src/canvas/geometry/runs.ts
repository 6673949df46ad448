import { listSpans, type SpanList } from "./spans";
import { SET, type TileMask } from "./tiles";

/** Pixels that are compared or flipped at once. */
const WORD = 4;
/** Four pixels of which each was flipped. */
const ALL_DIFFER = -1;

/** Set runs of a flat binary array as `[start, length, start, length, …]`. */
export type Runs = Uint32Array<ArrayBuffer>;

/**
 * The runs of pixels where two tiles differ: applied with `toggleRuns` it turns either into the other.
 *
 * `before` null is an empty tile. Only bytes `from` to `to` (exclusive) are compared.
 */
export function differenceRuns(
  before: Uint8Array | null,
  after: Uint8Array,
  from = 0,
  to: number = after.length,
): Runs {
  const runs: number[] = [];
  const same = before ? new Uint32Array(before.buffer, before.byteOffset, before.length >> 2) : null;
  const words = new Uint32Array(after.buffer, after.byteOffset, after.length >> 2);
  let start = -1;
  for (let i = from; i < to; i++) {
    // Nearly all of a tile is like before, or like its neighbours in a wide stroke: that goes four by four.
    if (i % WORD === 0) {
      const alike = start < 0 ? 0 : ALL_DIFFER;
      while (i + WORD <= to && ((same ? same[i / WORD]! : 0) ^ words[i / WORD]!) === alike) i += WORD;
      if (i >= to) break;
    }
    const differs = (before ? before[i] : 0) !== after[i];
    if (differs && start < 0) start = i;
    if (!differs && start >= 0) {
      runs.push(start, i - start);
      start = -1;
    }
  }
  if (start >= 0) runs.push(start, to - start);
  return Uint32Array.from(runs);
}

/** Flips every pixel of the runs, in place. The bytes are a whole buffer, 0 or `SET` each. */
export function toggleRuns(bytes: Uint8Array, runs: Runs): void {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  for (let i = 0; i < runs.length; i += 2) {
    const end = runs[i]! + runs[i + 1]!;
    let at = runs[i]!;
    for (; at < end && at % WORD !== 0; at++) bytes[at] = bytes[at]! ^ SET;
    for (; at + WORD <= end; at += WORD) words[at / WORD] = ~words[at / WORD]!;
    for (; at < end; at++) bytes[at] = bytes[at]! ^ SET;
  }
}

/** COCO's uncompressed run lengths: column by column, starting with the number of zeros. */
export interface CocoRle {
  size: [heightPx: number, widthPx: number];
  counts: number[];
}

/** Encodes a whole mask. */
export function toCocoRle(mask: TileMask): CocoRle {
  const counts: number[] = [];
  let current: 0 | 1 = 0;
  let length = 0;
  for (let x = 0; x < mask.widthPx; x++) {
    for (let y = 0; y < mask.heightPx; y++) {
      const value = mask.get(x, y);
      if (value !== current) {
        counts.push(length);
        current = value;
        length = 0;
      }
      length++;
    }
  }
  counts.push(length);
  return { size: [mask.heightPx, mask.widthPx], counts };
}

/** The pixels of a run-length mask, row by row. Throws `RangeError` when it was made for another size. */
export function cocoRleSpans(rle: CocoRle, widthPx: number, heightPx: number): SpanList {
  const [height, width] = rle.size;
  const total = rle.counts.reduce((sum, count) => sum + count, 0);
  if (height !== heightPx || width !== widthPx || total !== heightPx * widthPx) {
    throw new RangeError(
      `The mask is for ${width} × ${height} pixels, the image has ${widthPx} × ${heightPx}.`,
    );
  }
  const byColumn = new Uint8Array(total);
  let at = 0;
  rle.counts.forEach((count, index) => {
    if (index % 2 === 1) byColumn.fill(1, at, at + count);
    at += count;
  });
  return listSpans((emit) => {
    for (let y = 0; y < heightPx; y++) {
      for (let x = 0, from = 0; x < widthPx; x++) {
        const isSet = byColumn[x * heightPx + y];
        if (isSet && (x === 0 || !byColumn[(x - 1) * heightPx + y])) from = x;
        if (isSet && (x === widthPx - 1 || !byColumn[(x + 1) * heightPx + y])) emit(y, from, x + 1);
      }
    }
  });
}
