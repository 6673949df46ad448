import { describe, expect, it } from "vitest";

import { pixelRatesAt, sumPixels, type PixelColumns } from "./pixelRates";

/** Two images in four bins of width 1: a defect that the model sees, and one that it half sees. */
const SEEN: PixelColumns = {
  top: 4,
  images: [
    {
      image_score: 0.9,
      weight: 1,
      regions: 1,
      defect: [0, 0, 0, 10],
      normal: [80, 10, 0, 0],
      overlap: [0, 0, 0, 1],
    },
    {
      image_score: 0.4,
      weight: 1,
      regions: 1,
      defect: [10, 0, 10, 0],
      normal: [80, 0, 0, 0],
      overlap: [0.5, 0, 0.5, 0],
    },
  ],
};

describe("pixel rates", () => {
  const totals = sumPixels(SEEN);

  it("count what is marked at a threshold", () => {
    expect(pixelRatesAt(totals, 0, 2).overlap).toBeCloseTo(0.75);
    expect(pixelRatesAt(totals, 0, 2).f1).toBeCloseTo((2 * 20) / (30 + 20));
    expect(pixelRatesAt(totals, 0, 1).f1).toBeCloseTo((2 * 20) / (30 + 30));
    expect(pixelRatesAt(totals, 0, 3.5).overlap).toBeCloseTo(0);
  });

  it("mark nothing on images that pass", () => {
    expect(pixelRatesAt(totals, 0.5, 2).overlap).toBeCloseTo(0.5);
    expect(pixelRatesAt(totals, 0.5, 2).f1).toBeCloseTo((2 * 10) / (30 + 10));
    expect(pixelRatesAt(totals, 1, 0).f1).toBeCloseTo(0);
  });

  it("integrate the overlap to 30 % false pixels, with ties as straight lines", () => {
    // 0.75 before the first false pixel, still there after 10 of 170; the rest ties in the lowest bin.
    const flat = 10 / 170;
    const tie = 0.3 - flat;
    const risen = 0.25 * (tie / (160 / 170));
    const area = 0.75 * flat + tie * (0.75 + risen / 2);
    expect(pixelRatesAt(totals, 0, 2).aupro).toBeCloseTo(area / 0.3, 10);
    expect(pixelRatesAt(totals, 0.5, 2).aupro!).toBeLessThan(pixelRatesAt(totals, 0, 2).aupro!);
  });

  it("count an image that stands for many as many", () => {
    const weighted = sumPixels({ ...SEEN, images: [SEEN.images[0]!, { ...SEEN.images[1]!, weight: 3 }] });
    expect(pixelRatesAt(weighted, 0, 2).overlap).toBeCloseTo((1 + 3 * 0.5) / 4);
  });

  it("say nothing without a masked defect", () => {
    expect(pixelRatesAt(sumPixels({ top: 1, images: [] }), 0, 0.5)).toEqual({
      f1: null,
      overlap: null,
      aupro: null,
    });
  });
});
