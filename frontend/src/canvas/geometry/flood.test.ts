import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { floodSpans } from "./flood";
import { emitSpans } from "./spans";

const WIDTH = 8;
const HEIGHT = 6;

function flooded(values: Uint8Array, x: number, y: number, tolerance: number): Set<number> {
  const found = new Set<number>();
  emitSpans(floodSpans({ values, widthPx: WIDTH, heightPx: HEIGHT }, x, y, tolerance), (row, x0, x1) => {
    for (let at = x0; at < x1; at++) found.add(row * WIDTH + at);
  });
  return found;
}

/** The plain way: add neighbours until nothing changes. */
function grown(values: Uint8Array, x: number, y: number, tolerance: number): Set<number> {
  const seed = y * WIDTH + x;
  const found = new Set([seed]);
  for (const at of found) {
    for (const dy of [-1, 0, 1])
      for (const dx of [-1, 0, 1]) {
        const [nx, ny] = [(at % WIDTH) + dx, Math.floor(at / WIDTH) + dy];
        const next = ny * WIDTH + nx;
        const isNear = nx >= 0 && ny >= 0 && nx < WIDTH && ny < HEIGHT;
        if (isNear && Math.abs(values[next]! - values[seed]!) <= tolerance) found.add(next);
      }
  }
  return found;
}

describe("floodSpans", () => {
  it("finds what growing from neighbour to neighbour finds", () => {
    const anyValues = fc.uint8Array({ minLength: WIDTH * HEIGHT, maxLength: WIDTH * HEIGHT, max: 4 });
    fc.assert(
      fc.property(anyValues, fc.nat(WIDTH - 1), fc.nat(HEIGHT - 1), fc.nat(3), (values, x, y, tolerance) => {
        expect(flooded(values, x, y, tolerance)).toEqual(grown(values, x, y, tolerance));
      }),
    );
  });

  it("is empty outside the image", () => {
    expect(flooded(new Uint8Array(WIDTH * HEIGHT), -1, 0, 5).size).toBe(0);
  });
});
