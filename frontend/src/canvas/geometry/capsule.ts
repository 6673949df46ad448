import type { Point, SpanSink } from "./rect";

/**
 * Visits every pixel whose centre lies within `radius` of the segment `a`–`b`, row by row, without antialiasing.
 *
 * The pixel under each end is always visited, so that the thinnest brush never paints nothing. A capsule is
 * convex: its cut with a row is one interval, the union of the cuts of its two discs and its box.
 */
export function capsuleSpans(a: Point, b: Point, radius: number, emit: SpanSink): void {
  const cutBox = boxCutter(a, b, radius);
  const top = Math.floor(Math.min(a.y, b.y) - radius);
  const bottom = Math.ceil(Math.max(a.y, b.y) + radius);
  for (let y = top; y <= bottom; y++) {
    const cy = y + 0.5;
    const halfA = halfChord(cy - a.y, radius);
    const halfB = halfChord(cy - b.y, radius);
    cutBox(cy);
    row.x0 = firstPixel(Math.min(cut.from, a.x - halfA, b.x - halfB));
    row.x1 = endPixel(Math.max(cut.to, a.x + halfA, b.x + halfB));
    includeEnd(a, y);
    includeEnd(b, y);
    if (row.x0 < row.x1) emit(y, row.x0, row.x1);
  }
}

/** Adds to the row the pixel under an end of the segment that lies in it. */
function includeEnd(end: Point, y: number): void {
  if (Math.floor(end.y) !== y) return;
  const x = Math.floor(end.x);
  row.x0 = Math.min(row.x0, x);
  row.x1 = Math.max(row.x1, x + 1);
}

/**
 * What a stroke paints anew when a disc at `a` moves to `b`: `capsuleSpans`, less the disc at `a`.
 *
 * A large brush moves by little at a time, so this is a thin crescent. Both reckon the disc's edge alike to the
 * last bit, so that rounding never leaves a pixel out.
 */
export function movedSpans(a: Point, b: Point, radius: number, emit: SpanSink): void {
  capsuleSpans(a, b, radius, (y, x0, x1) => {
    const half = halfChord(y + 0.5 - a.y, radius);
    const painted0 = firstPixel(a.x - half);
    const painted1 = endPixel(a.x + half);
    if (painted0 >= painted1) {
      emit(y, x0, x1);
      return;
    }
    if (x0 < painted0) emit(y, x0, Math.min(x1, painted0));
    if (painted1 < x1) emit(y, Math.max(x0, painted1), x1);
  });
}

/** Half the length of a disc's cut with a line `dy` from its centre; far below 0 where they do not meet. */
function halfChord(dy: number, radius: number): number {
  const square = radius * radius - dy * dy;
  return square < 0 ? -Infinity : Math.sqrt(square);
}

/** The first pixel whose centre is not before `x`. */
function firstPixel(x: number): number {
  return Math.ceil(x - 0.5);
}

/** One past the last pixel whose centre is not beyond `x`. */
function endPixel(x: number): number {
  return Math.floor(x - 0.5) + 1;
}

// One of each for all rows: a large brush has thousands of rows a move, and objects or arrays would pile up.
/** The last box cut. */
const cut = { from: Infinity, to: -Infinity };
/** The pixels of the row in hand. */
const row = { x0: 0, x1: 0 };

/** Writes into `cut` where a row meets the box around the segment; an empty interval where it does not. */
function boxCutter(a: Point, b: Point, radius: number): (cy: number) => void {
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  const ux = (b.x - a.x) / length;
  const uy = (b.y - a.y) / length;
  return (cy) => {
    cut.from = -Infinity;
    cut.to = Infinity;
    const dy = cy - a.y;
    // Along the segment 0 ≤ dx·ux + dy·uy ≤ length; across it |dy·ux − dx·uy| ≤ radius.
    if (length > 0) {
      narrow(ux, dy * uy, 0, length);
      narrow(-uy, dy * ux, -radius, radius);
    }
    const isEmpty = length === 0 || cut.from > cut.to;
    cut.from = isEmpty ? Infinity : a.x + cut.from;
    cut.to = isEmpty ? -Infinity : a.x + cut.to;
  };
}

/** Leaves of `cut` all t with `low ≤ slope·t + offset ≤ high`. */
function narrow(slope: number, offset: number, low: number, high: number): void {
  if (slope === 0) {
    if (offset < low || offset > high) cut.to = -Infinity;
    return;
  }
  const t0 = (low - offset) / slope;
  const t1 = (high - offset) / slope;
  cut.from = Math.max(cut.from, Math.min(t0, t1));
  cut.to = Math.min(cut.to, Math.max(t0, t1));
}
