import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { differenceOf, eachStrip, pixelsOf, runsOf, unionOf, type Runs } from "./runs";

const HEIGHT = 7;
const mask = fc.array(fc.boolean(), { minLength: 35, maxLength: 35 });

function rleOf(pixels: boolean[]) {
  const counts: number[] = [];
  let value = false;
  let run = 0;
  for (const pixel of pixels) {
    if (pixel !== value) {
      counts.push(run);
      run = 0;
      value = pixel;
    }
    run++;
  }
  return { size: [HEIGHT, 5], counts: [...counts, run] };
}

function pixelsIn(runs: Runs): Set<number> {
  return new Set(runs.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i)));
}

const placesOf = (pixels: boolean[]): Set<number> =>
  new Set(pixels.flatMap((pixel, place) => (pixel ? [place] : [])));

describe("runs of masks", () => {
  it("are the pixels of the run lengths", () => {
    fc.assert(
      fc.property(mask, (pixels) => {
        expect(pixelsIn(runsOf(rleOf(pixels)))).toEqual(placesOf(pixels));
      }),
    );
  });

  it("join and differ as sets of pixels do", () => {
    fc.assert(
      fc.property(mask, mask, (a, b) => {
        const [first, second] = [runsOf(rleOf(a)), runsOf(rleOf(b))];
        expect(pixelsIn(unionOf([first, second]))).toEqual(placesOf(a.map((pixel, i) => pixel || b[i]!)));
        const { both, onlyFirst, onlySecond } = differenceOf(first, second);
        expect(pixelsIn(both)).toEqual(placesOf(a.map((pixel, i) => pixel && b[i]!)));
        expect(pixelsIn(onlyFirst)).toEqual(placesOf(a.map((pixel, i) => pixel && !b[i])));
        expect(pixelsIn(onlySecond)).toEqual(placesOf(b.map((pixel, i) => pixel && !a[i])));
        expect(pixelsOf(onlyFirst)).toBe(pixelsIn(onlyFirst).size);
      }),
    );
  });

  it("fall into strips of single columns", () => {
    const strips: number[][] = [];
    eachStrip([[5, 16]], HEIGHT, (...strip) => strips.push(strip));
    expect(strips).toEqual([
      [0, 5, 2],
      [1, 0, 7],
      [2, 0, 2],
    ]);
  });
});
