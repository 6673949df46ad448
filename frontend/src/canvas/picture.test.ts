import { describe, expect, it } from "vitest";

import { readableWindow, type Picture } from "./picture";

function grey16(values: number[]): Picture {
  return { kind: "grey16", values: Uint16Array.from(values), width: values.length, height: 1 };
}

describe("readableWindow", () => {
  it("spans what a 16-bit picture holds, without its rare extremes", () => {
    const values = Array.from({ length: 10_000 }, (_, i) => 1000 + (i % 3000));
    values[17] = 65_535;
    values[18] = 0;
    const [low, high] = readableWindow(grey16(values));
    expect(low * 65_535).toBeGreaterThanOrEqual(1000);
    expect(low * 65_535).toBeLessThan(1010);
    expect(high * 65_535).toBeGreaterThan(3985);
    expect(high * 65_535).toBeLessThan(4001);
  });

  it("leaves an even picture a window of some width, inside the scale", () => {
    for (const value of [0, 700, 65_535]) {
      const [low, high] = readableWindow(grey16([value, value]));
      expect(high).toBeGreaterThan(low);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
    }
  });
});
