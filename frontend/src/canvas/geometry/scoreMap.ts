import type { SpanSink } from "./rect";

/** A detector's native score map as the server keeps it: score = value × scale. */
export interface ScoreMap {
  readonly values: Uint16Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
  readonly scale: number;
}

/** Images longer than this on a side would overflow the 32-bit arithmetic that the shader shares. */
export const MAX_IMAGE_SIDE_PX = 32_767;

/**
 * One axis of the bilinear rule (half-pixel centres, clamped ends) in whole numbers.
 *
 * Pixel `p` of an axis of `pixels` maps to cell position `((2p + 1)·cells − pixels) / (2·pixels)`; the
 * numerator, clamped, splits into a cell and a weight out of `2·pixels`.
 */
export interface Axis {
  readonly low: number;
  readonly high: number;
  /** Weight of `high`, 0 … 2·pixels; `low` has the rest. */
  readonly weight: number;
}

export function axisAt(pixel: number, pixels: number, cells: number): Axis {
  const denominator = 2 * pixels;
  const numerator = Math.min(Math.max((2 * pixel + 1) * cells - pixels, 0), denominator * (cells - 1));
  const low = Math.floor(numerator / denominator);
  return { low, high: Math.min(low + 1, cells - 1), weight: numerator - low * denominator };
}

/**
 * The upsampled value at a pixel times `4·widthPx·heightPx`: a whole number below 2⁵³, so it is exact.
 *
 * Exactness is what lets browser, shader and server agree on every pixel, ties included.
 */
export function upsampledNumerator(
  map: ScoreMap,
  x: Axis,
  y: Axis,
  widthPx: number,
  heightPx: number,
): number {
  const { values, width } = map;
  const left = 2 * widthPx - x.weight;
  const top = values[y.low * width + x.low]! * left + values[y.low * width + x.high]! * x.weight;
  const bottom = values[y.high * width + x.low]! * left + values[y.high * width + x.high]! * x.weight;
  return top * (2 * heightPx - y.weight) + bottom * y.weight;
}

/** The score at an image pixel, in the detector's units. */
export function scoreAt(map: ScoreMap, px: number, py: number, widthPx: number, heightPx: number): number {
  const x = axisAt(px, widthPx, map.width);
  const y = axisAt(py, heightPx, map.height);
  return (upsampledNumerator(map, x, y, widthPx, heightPx) / (4 * widthPx * heightPx)) * map.scale;
}

/**
 * The smallest numerator that counts as predicted: a pixel is predicted when its score ≥ `threshold`.
 *
 * Computed in double precision as `ceil(threshold / scale · (4·W·H))`; nothing beyond the largest possible
 * numerator matters, so it is clamped there plus one.
 */
export function thresholdNumerator(
  map: ScoreMap,
  threshold: number,
  widthPx: number,
  heightPx: number,
): number {
  const unit = 4 * widthPx * heightPx;
  return Math.min(Math.max(0, Math.ceil((threshold / map.scale) * unit)), 65_535 * unit + 1);
}

/**
 * Visits the predicted mask as spans.
 *
 * Between two cell centres a row of upsampled scores is linear, so each piece holds at most one crossing, found
 * by bisection: the cost is rows × cells × log(cell width), not pixels.
 */
export function predictedSpans(
  map: ScoreMap,
  threshold: number,
  widthPx: number,
  heightPx: number,
  emit: SpanSink,
): void {
  const limit = thresholdNumerator(map, threshold, widthPx, heightPx);
  const pieces = linearPieces(widthPx, map.width);
  for (let py = 0; py < heightPx; py++) {
    const y = axisAt(py, heightPx, map.height);
    const inside = (px: number): boolean =>
      upsampledNumerator(map, axisAt(px, widthPx, map.width), y, widthPx, heightPx) >= limit;
    rowSpans(pieces, inside, (x0, x1) => emit(py, x0, x1));
  }
}

/** Column ranges `[from, to)` inside which every pixel has the same pair of cells. */
function linearPieces(widthPx: number, cells: number): [from: number, to: number][] {
  const pieces: [number, number][] = [];
  let from = 0;
  while (from < widthPx) {
    const { low } = axisAt(from, widthPx, cells);
    // First pixel whose clamped position reaches the next cell: (2p + 1)·cells − W ≥ 2W·(low + 1).
    const next = Math.ceil(((2 * low + 3) * widthPx - cells) / (2 * cells));
    const to = low >= cells - 1 ? widthPx : Math.min(widthPx, Math.max(from + 1, next));
    pieces.push([from, to]);
    from = to;
  }
  return pieces;
}

function rowSpans(
  pieces: readonly [number, number][],
  inside: (px: number) => boolean,
  emit: (x0: number, x1: number) => void,
): void {
  let open = -1;
  for (const [from, to] of pieces) {
    const starts = inside(from);
    const ends = inside(to - 1);
    if (starts && open < 0) open = from;
    if (!starts && open >= 0) {
      emit(open, from);
      open = -1;
    }
    if (starts === ends) continue;
    const crossing = firstChange(from, to - 1, inside, starts);
    if (starts) {
      emit(open, crossing);
      open = -1;
    } else open = crossing;
  }
  if (open >= 0) emit(open, pieces.at(-1)![1]);
}

/** The first pixel after `from` where `inside` no longer equals `state`; it does not at `to`. */
function firstChange(from: number, to: number, inside: (px: number) => boolean, state: boolean): number {
  let low = from;
  let high = to;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (inside(middle) === state) low = middle;
    else high = middle;
  }
  return high;
}
