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
  const old = before ?? new Uint8Array(after.length);
  const oldWords = wordsOf(old);
  const words = wordsOf(after);
  let start = -1;
  for (let i = from; i < to; i++) {
    // Nearly all of a tile is like before, or like its neighbours in a wide stroke: that goes four by four.
    if (i % WORD === 0) i = endOfAlike(oldWords, words, i, to, start < 0 ? 0 : ALL_DIFFER);
    if (i >= to) break;
    const differs = old[i] !== after[i];
    if (differs === start >= 0) continue;
    if (!differs) runs.push(start, i - start);
    start = differs ? i : -1;
  }
  if (start >= 0) runs.push(start, to - start);
  return Uint32Array.from(runs);
}

/** The first place from `at` (a whole word) on that is not in a word where both differ by `alike`. */
function endOfAlike(old: Uint32Array, now: Uint32Array, at: number, to: number, alike: number): number {
  let i = at;
  while (i + WORD <= to && (old[i / WORD]! ^ now[i / WORD]!) === alike) i += WORD;
  return i;
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
}

/** Flips every pixel of the runs, in place. The bytes are a whole buffer, 0 or `SET` each. */
export function toggleRuns(bytes: Uint8Array, runs: Runs): void {
  const words = wordsOf(bytes);
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
