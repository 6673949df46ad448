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

/** The box that two boxes share; null when there is none. */
export function overlap(a: PixelRect, b: PixelRect): PixelRect | null {
  const [x0, y0] = [Math.max(a.x0, b.x0), Math.max(a.y0, b.y0)];
  const [x1, y1] = [Math.min(a.x1, b.x1), Math.min(a.y1, b.y1)];
  return x0 < x1 && y0 < y1 ? { x0, y0, x1, y1 } : null;
}

/** The box with so much more on every side. */
export function grown({ x0, y0, x1, y1 }: PixelRect, by: number): PixelRect {
  return { x0: x0 - by, y0: y0 - by, x1: x1 + by, y1: y1 + by };
}
