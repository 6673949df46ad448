import type { Point, SpanSink } from "./rect";

/**
 * Visits every pixel whose centre lies inside a closed polygon, by the even-odd rule.
 *
 * A centre exactly on a left or top edge is inside, on a right or bottom edge outside, so that polygons that
 * share an edge neither overlap nor leave a gap. Rows outside `heightPx` are not visited.
 */
export function polygonSpans(points: readonly Point[], heightPx: number, emit: SpanSink): void {
  if (points.length < 3) return;
  const crossings = new Map<number, number[]>();
  points.forEach((from, index) => {
    const to = points[(index + 1) % points.length]!;
    addEdge(from, to, heightPx, crossings);
  });
  for (const [y, xs] of crossings) {
    xs.sort((p, q) => p - q);
    for (let i = 0; i + 1 < xs.length; i += 2) {
      const x0 = Math.ceil(xs[i]! - 0.5);
      const x1 = Math.ceil(xs[i + 1]! - 0.5);
      if (x0 < x1) emit(y, x0, x1);
    }
  }
}

function addEdge(from: Point, to: Point, heightPx: number, crossings: Map<number, number[]>): void {
  if (from.y === to.y) return;
  const [upper, lower] = from.y < to.y ? [from, to] : [to, from];
  const first = Math.max(0, Math.ceil(upper.y - 0.5));
  const stop = Math.min(heightPx, Math.ceil(lower.y - 0.5));
  const slope = (lower.x - upper.x) / (lower.y - upper.y);
  for (let y = first; y < stop; y++) {
    const x = upper.x + (y + 0.5 - upper.y) * slope;
    const row = crossings.get(y);
    if (row) row.push(x);
    else crossings.set(y, [x]);
  }
}

/** Visits every pixel whose centre lies in the box between two corners given in any order. */
export function rectangleSpans(a: Point, b: Point, emit: SpanSink): void {
  const x0 = Math.ceil(Math.min(a.x, b.x) - 0.5);
  const x1 = Math.ceil(Math.max(a.x, b.x) - 0.5);
  const y1 = Math.ceil(Math.max(a.y, b.y) - 0.5);
  for (let y = Math.ceil(Math.min(a.y, b.y) - 0.5); y < y1; y++) if (x0 < x1) emit(y, x0, x1);
}
