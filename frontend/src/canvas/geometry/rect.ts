/** An axis-aligned box of whole pixels in image coordinates; `x1` and `y1` are exclusive. */
export interface PixelRect {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** A point in image coordinates: (0, 0) is the top-left corner of the top-left pixel, whose centre is (0.5, 0.5). */
export interface Point {
  x: number;
  y: number;
}

/** Receives one horizontal run of pixels: row `y`, columns `x0` to `x1` (exclusive). */
export type SpanSink = (y: number, x0: number, x1: number) => void;

/** The smallest box that holds both. */
export function unite(a: PixelRect | null, b: PixelRect): PixelRect {
  if (!a) return { ...b };
  return {
    x0: Math.min(a.x0, b.x0),
    y0: Math.min(a.y0, b.y0),
    x1: Math.max(a.x1, b.x1),
    y1: Math.max(a.y1, b.y1),
  };
}
