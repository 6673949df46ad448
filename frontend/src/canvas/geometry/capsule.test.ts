import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { capsuleSpans, movedSpans } from "./capsule";
import type { Point } from "./rect";

const EDGE_TOLERANCE_PX = 1e-9;

function stamped(a: Point, b: Point, radius: number, spans = capsuleSpans): Set<string> {
  const pixels = new Set<string>();
  spans(a, b, radius, (y, x0, x1) => {
    for (let x = x0; x < x1; x++) pixels.add(`${x},${y}`);
  });
  return pixels;
}

function distanceToSegment(p: Point, a: Point, b: Point): number {
  const square = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
  const along = square === 0 ? 0 : ((p.x - a.x) * (b.x - a.x) + (p.y - a.y) * (b.y - a.y)) / square;
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(p.x - a.x - t * (b.x - a.x), p.y - a.y - t * (b.y - a.y));
}

describe("capsuleSpans", () => {
  it("paints exactly one pixel for a one-pixel brush, wherever in the pixel it lands", () => {
    for (const at of [
      { x: 3.02, y: 7.98 },
      { x: 3.5, y: 7.5 },
      { x: 3, y: 7 },
    ]) {
      expect([...stamped(at, at, 0.5)]).toEqual(["3,7"]);
    }
  });

  it("paints a disc of diameter three as a full 3 × 3 block without its corners' absence", () => {
    const centre = { x: 10.5, y: 10.5 };
    expect(stamped(centre, centre, 1.5).size).toBe(9);
    expect(stamped(centre, centre, 1.4).size).toBe(5);
  });

  it("is the disc it starts from and what the move adds, which is little", () => {
    const coordinate = fc.double({ min: 0, max: 40, noNaN: true });
    const point = fc.record({ x: coordinate, y: coordinate });
    fc.assert(
      fc.property(point, point, fc.double({ min: 0.5, max: 12, noNaN: true }), (a, b, radius) => {
        const whole = stamped(a, b, radius);
        const added = stamped(a, b, radius, movedSpans);
        expect(new Set([...stamped(a, a, radius), ...added])).toEqual(whole);
      }),
    );
    const [a, b] = [
      { x: 100, y: 100 },
      { x: 103, y: 100 },
    ];
    expect(stamped(a, b, 50, movedSpans).size).toBeLessThan(stamped(a, b, 50).size / 8);
  });

  it("agrees with the distance of every pixel centre to the segment", () => {
    const coordinate = fc.double({ min: 0, max: 40, noNaN: true });
    const point = fc.record({ x: coordinate, y: coordinate });
    fc.assert(
      fc.property(point, point, fc.double({ min: 0.5, max: 12, noNaN: true }), (a, b, radius) => {
        const pixels = stamped(a, b, radius);
        for (let y = -15; y < 55; y++) {
          for (let x = -15; x < 55; x++) {
            const distance = distanceToSegment({ x: x + 0.5, y: y + 0.5 }, a, b);
            if (Math.abs(distance - radius) < EDGE_TOLERANCE_PX) continue;
            const underEnd = [a, b].some((end) => Math.floor(end.x) === x && Math.floor(end.y) === y);
            if (pixels.has(`${x},${y}`) !== (distance < radius || underEnd)) return false;
          }
        }
        return true;
      }),
      { numRuns: 60 },
    );
  });

  it("leaves no gap along a one-pixel line", () => {
    const pixels = stamped({ x: 0.2, y: 0.9 }, { x: 30.7, y: 11.3 }, 0.5);
    for (let x = 0; x <= 30; x++) expect([...pixels].some((key) => key.startsWith(`${x},`))).toBe(true);
  });
});
