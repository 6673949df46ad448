import type { Point, SpanSink } from "./rect";

/** A possibly empty interval of the real line. */
type Interval = readonly [from: number, to: number];

const NOTHING: Interval = [Infinity, -Infinity];

/**
 * Visits every pixel whose centre lies within `radius` of the segment `a`–`b`, row by row, without antialiasing.
 *
 * The pixel under each end is always visited, so that the thinnest brush never paints nothing. A capsule is
 * convex: its cut with a row is one interval, the union of the cuts of its two discs and its box.
 */
export function capsuleSpans(a: Point, b: Point, radius: number, emit: SpanSink): void {
  const top = Math.floor(Math.min(a.y, b.y) - radius);
  const bottom = Math.ceil(Math.max(a.y, b.y) + radius);
  for (let y = top; y <= bottom; y++) {
    const cy = y + 0.5;
    const box = boxCut(a, b, radius, cy);
    const discA = discCut(a, radius, cy);
    const discB = discCut(b, radius, cy);
    const from = Math.min(box[0], discA[0], discB[0]);
    const to = Math.max(box[1], discA[1], discB[1]);
    let x0 = Math.ceil(from - 0.5);
    let x1 = Math.floor(to - 0.5) + 1;
    for (const end of [a, b]) {
      if (Math.floor(end.y) !== y) continue;
      x0 = Math.min(x0, Math.floor(end.x));
      x1 = Math.max(x1, Math.floor(end.x) + 1);
    }
    if (x0 < x1) emit(y, x0, x1);
  }
}

/**
 * What a stroke paints anew when a disc at `a` moves to `b`: `capsuleSpans`, less nearly all of the disc at `a`.
 *
 * A large brush moves by little at a time, so this is a thin crescent. At the disc's edge a pixel is visited again,
 * so that rounding never leaves one out.
 */
export function movedSpans(a: Point, b: Point, radius: number, emit: SpanSink): void {
  capsuleSpans(a, b, radius, (y, x0, x1) => {
    const [from, to] = discCut(a, radius, y + 0.5);
    const painted0 = Math.ceil(from - 0.5) + 1;
    const painted1 = Math.floor(to - 0.5);
    if (painted0 >= painted1) {
      emit(y, x0, x1);
      return;
    }
    if (x0 < painted0) emit(y, x0, Math.min(x1, painted0));
    if (painted1 < x1) emit(y, Math.max(x0, painted1), x1);
  });
}

function discCut(centre: Point, radius: number, cy: number): Interval {
  const dy = cy - centre.y;
  const square = radius * radius - dy * dy;
  if (square < 0) return NOTHING;
  const half = Math.sqrt(square);
  return [centre.x - half, centre.x + half];
}

function boxCut(a: Point, b: Point, radius: number, cy: number): Interval {
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  if (length === 0) return NOTHING;
  const ux = (b.x - a.x) / length;
  const uy = (b.y - a.y) / length;
  const dy = cy - a.y;
  // Along the segment 0 ≤ dx·ux + dy·uy ≤ length; across it |dy·ux − dx·uy| ≤ radius.
  const along = solve(ux, dy * uy, 0, length);
  const across = solve(-uy, dy * ux, -radius, radius);
  const from = Math.max(along[0], across[0]);
  const to = Math.min(along[1], across[1]);
  return from > to ? NOTHING : [a.x + from, a.x + to];
}

/** All t with `low ≤ slope·t + offset ≤ high`. */
function solve(slope: number, offset: number, low: number, high: number): Interval {
  if (slope === 0) return offset >= low && offset <= high ? [-Infinity, Infinity] : NOTHING;
  const t0 = (low - offset) / slope;
  const t1 = (high - offset) / slope;
  return t0 < t1 ? [t0, t1] : [t1, t0];
}
