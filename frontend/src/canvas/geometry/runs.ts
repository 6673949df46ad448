import { listSpans, type SpanList } from "./spans";
import { SET, type TileMask } from "./tiles";

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
  let start = -1;
  for (let i = from; i < to; i++) {
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

/** Flips every pixel of the runs, in place. */
export function toggleRuns(bytes: Uint8Array, runs: Runs): void {
  for (let i = 0; i < runs.length; i += 2) {
    const end = runs[i]! + runs[i + 1]!;
    for (let at = runs[i]!; at < end; at++) bytes[at] = bytes[at] ? 0 : SET;
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
