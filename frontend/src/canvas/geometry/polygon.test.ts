import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { polygonSpans, rectangleSpans } from "./polygon";
import type { Point } from "./rect";

const SIDE_PX = 32;

function filled(points: Point[]): Uint8Array {
  const grid = new Uint8Array(SIDE_PX * SIDE_PX);
  polygonSpans(points, SIDE_PX, (y, x0, x1) => {
    for (let x = Math.max(0, x0); x < Math.min(SIDE_PX, x1); x++) grid[y * SIDE_PX + x]! += 1;
  });
  return grid;
}

/** The textbook ray cast, one pixel at a time; null where an edge passes through the very point. */
function evenOdd(points: Point[], x: number, y: number): boolean | null {
  let inside = false;
  for (const [i, p] of points.entries()) {
    const q = points[(i + 1) % points.length]!;
    if (p.y > y === q.y > y) continue;
    const crossing = ((q.x - p.x) * (y - p.y)) / (q.y - p.y) + p.x;
    if (Math.abs(crossing - x) < 1e-9) return null;
    if (x < crossing) inside = !inside;
  }
  return inside;
}

describe("polygonSpans", () => {
  it("fills a square of whole pixels exactly", () => {
    const grid = filled([
      { x: 2, y: 3 },
      { x: 6, y: 3 },
      { x: 6, y: 8 },
      { x: 2, y: 8 },
    ]);
    expect(grid.reduce((sum, value) => sum + value, 0)).toBe(20);
    expect(grid[3 * SIDE_PX + 2]).toBe(1);
    expect(grid[8 * SIDE_PX + 2]).toBe(0);
  });

  it("leaves the overlap of a self-crossing shape empty", () => {
    const star = [0, 2, 4, 1, 3].map((k) => ({
      x: 16 + 14 * Math.sin((k * 2 * Math.PI) / 5),
      y: 16 - 14 * Math.cos((k * 2 * Math.PI) / 5),
    }));
    const grid = filled(star);
    expect(grid[16 * SIDE_PX + 16]).toBe(0);
    expect(grid[6 * SIDE_PX + 16]).toBe(1);
  });

  it("agrees with a ray cast at every pixel centre", () => {
    const coordinate = fc.integer({ min: -400, max: 3600 }).map((hundredths) => hundredths / 100);
    const shape = fc.array(fc.record({ x: coordinate, y: coordinate }), { minLength: 3, maxLength: 9 });
    fc.assert(
      fc.property(shape, (points) =>
        filled(points).every((value, i) => {
          const expected = evenOdd(points, (i % SIDE_PX) + 0.5, Math.floor(i / SIDE_PX) + 0.5);
          return expected === null || value === Number(expected);
        }),
      ),
      { numRuns: 100 },
    );
  });

  it("shares an edge without gap or overlap", () => {
    const a = filled([
      { x: 1, y: 1 },
      { x: 20.5, y: 6.5 },
      { x: 4, y: 28 },
    ]);
    const b = filled([
      { x: 20.5, y: 6.5 },
      { x: 30, y: 30 },
      { x: 4, y: 28 },
    ]);
    const both = filled([
      { x: 1, y: 1 },
      { x: 20.5, y: 6.5 },
      { x: 30, y: 30 },
      { x: 4, y: 28 },
    ]);
    expect(a.map((value, i) => value + b[i]!)).toEqual(both);
  });

  it("handles a thousand points", () => {
    const ring = Array.from({ length: 1000 }, (_, i) => ({
      x: 16 + 10 * Math.cos((i * 2 * Math.PI) / 1000),
      y: 16 + 10 * Math.sin((i * 2 * Math.PI) / 1000),
    }));
    const area = filled(ring).reduce((sum, value) => sum + value, 0);
    expect(Math.abs(area - Math.PI * 100)).toBeLessThan(8);
  });
});

describe("rectangleSpans", () => {
  it("takes its corners in any order", () => {
    const spans: number[][] = [];
    rectangleSpans({ x: 5.6, y: 4.4 }, { x: 2.4, y: 2.6 }, (...span) => spans.push(span));
    expect(spans).toEqual([[3, 2, 6]]);
  });
});
