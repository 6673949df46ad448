import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  axisAt,
  predictedSpans,
  scoreAt,
  thresholdNumerator,
  upsampledNumerator,
  type ScoreMap,
} from "./scoreMap";

/** The rule as the numeric libraries state it: half-pixel centres, clamped (align_corners = false). */
function reference(map: ScoreMap, px: number, py: number, widthPx: number, heightPx: number): number {
  const position = (p: number, pixels: number, cells: number): number =>
    Math.min(Math.max(((p + 0.5) * cells) / pixels - 0.5, 0), cells - 1);
  const x = position(px, widthPx, map.width);
  const y = position(py, heightPx, map.height);
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const at = (cx: number, cy: number): number =>
    map.values[Math.min(cy, map.height - 1) * map.width + Math.min(cx, map.width - 1)]!;
  const top = at(x0, y0) * (1 - (x - x0)) + at(x0 + 1, y0) * (x - x0);
  const bottom = at(x0, y0 + 1) * (1 - (x - x0)) + at(x0 + 1, y0 + 1) * (x - x0);
  return (top * (1 - (y - y0)) + bottom * (y - y0)) * map.scale;
}

function predicted(map: ScoreMap, threshold: number, widthPx: number, heightPx: number): Uint8Array {
  const grid = new Uint8Array(widthPx * heightPx);
  predictedSpans(map, threshold, widthPx, heightPx, (y, x0, x1) => {
    for (let x = x0; x < x1; x++) grid[y * widthPx + x]! += 1;
  });
  return grid;
}

const randomCase = fc
  .record({
    width: fc.integer({ min: 1, max: 9 }),
    height: fc.integer({ min: 1, max: 9 }),
    widthPx: fc.integer({ min: 1, max: 70 }),
    heightPx: fc.integer({ min: 1, max: 70 }),
    scale: fc.constantFrom(1, 1e-4, 0.37),
    level: fc.integer({ min: 0, max: 65_535 }),
  })
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      values: fc.array(fc.integer({ min: 0, max: 65_535 }), {
        minLength: shape.width * shape.height,
        maxLength: shape.width * shape.height,
      }),
    }),
  );

describe("the bilinear rule", () => {
  it("matches the half-pixel, clamped definition", () => {
    fc.assert(
      fc.property(randomCase, ({ shape, values }) => {
        const map = { ...shape, values: Uint16Array.from(values) };
        const px = shape.level % shape.widthPx;
        const py = shape.level % shape.heightPx;
        const difference =
          scoreAt(map, px, py, shape.widthPx, shape.heightPx) -
          reference(map, px, py, shape.widthPx, shape.heightPx);
        return Math.abs(difference) <= 1e-9 * 65_535 * shape.scale;
      }),
    );
  });

  it("reproduces the cells when the map has the image's own size", () => {
    const map = { width: 3, height: 1, scale: 0.5, values: Uint16Array.of(2, 8, 4) };
    expect([0, 1, 2].map((px) => scoreAt(map, px, 0, 3, 1))).toEqual([1, 4, 2]);
  });

  it("doubles a row as worked by hand", () => {
    const map = { width: 2, height: 1, scale: 1, values: Uint16Array.of(0, 100) };
    expect([0, 1, 2, 3].map((px) => scoreAt(map, px, 0, 4, 1))).toEqual([0, 25, 75, 100]);
  });
});

describe("predictedSpans", () => {
  it("marks exactly the pixels whose score reaches the threshold", () => {
    fc.assert(
      fc.property(randomCase, ({ shape, values }) => {
        const map = { ...shape, values: Uint16Array.from(values) };
        const { widthPx, heightPx } = shape;
        const threshold = shape.level * shape.scale;
        const limit = thresholdNumerator(map, threshold, widthPx, heightPx);
        return predicted(map, threshold, widthPx, heightPx).every((value, i) => {
          const x = axisAt(i % widthPx, widthPx, map.width);
          const y = axisAt(Math.floor(i / widthPx), heightPx, map.height);
          return value === Number(upsampledNumerator(map, x, y, widthPx, heightPx) >= limit);
        });
      }),
      { numRuns: 300 },
    );
  });

  it("includes ties: a flat map at exactly the threshold is all predicted", () => {
    const map = { width: 4, height: 4, scale: 1, values: new Uint16Array(16).fill(77) };
    expect(predicted(map, 77, 37, 19).every((value) => value === 1)).toBe(true);
    expect(predicted(map, 77.0001, 37, 19).every((value) => value === 0)).toBe(true);
  });
});
