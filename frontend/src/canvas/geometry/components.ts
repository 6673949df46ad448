import type { SpanSink } from "./rect";

/** One horizontal run of pixels; `x1` is exclusive. */
export interface Span {
  y: number;
  x0: number;
  x1: number;
}

/** Spans by row, each row in order from left to right. */
export type SpanRows = Map<number, Span[]>;

/** Collects what a span producer emits. */
export function collectSpans(produce: (emit: SpanSink) => void): SpanRows {
  const rows: SpanRows = new Map();
  produce((y, x0, x1) => {
    const row = rows.get(y);
    if (row) row.push({ y, x0, x1 });
    else rows.set(y, [{ y, x0, x1 }]);
  });
  return rows;
}

/** The 8-connected component that holds pixel (`x`, `y`); empty when that pixel is in no span. */
export function componentAt(rows: SpanRows, x: number, y: number): Span[] {
  const seed = rows.get(y)?.find((span) => span.x0 <= x && x < span.x1);
  if (!seed) return [];
  const seen = new Set<Span>([seed]);
  const waiting = [seed];
  for (let span = waiting.pop(); span; span = waiting.pop()) {
    for (const row of [span.y - 1, span.y + 1]) {
      for (const other of rows.get(row) ?? []) {
        // Diagonal neighbours touch: one column of slack on either side.
        if (other.x0 > span.x1 || span.x0 > other.x1 || seen.has(other)) continue;
        seen.add(other);
        waiting.push(other);
      }
    }
  }
  return [...seen];
}
