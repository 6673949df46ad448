import { describe, expect, it } from "vitest";

import { differenceRuns, toggleRuns } from "./runs";
import { SET } from "./tiles";

/** Random stretches of pixels, as strokes leave them: any length, at any place. */
function randomTile(seed: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed * 7919 + 1;
  const next = (below: number): number => (state = (state * 16807) % 2147483647) % below;
  for (let at = 0; at < length;) {
    const end = Math.min(length, at + 1 + next(seed % 2 ? 3 : 40));
    bytes.fill(next(2) ? SET : 0, at, end);
    at = end;
  }
  return bytes;
}

function naiveRuns(before: Uint8Array | null, after: Uint8Array, from: number, to: number): number[] {
  const runs: number[] = [];
  for (let i = from; i < to; i++) {
    if ((before ? before[i] : 0) === after[i]) continue;
    if (runs.length > 0 && runs.at(-2)! + runs.at(-1)! === i) runs[runs.length - 1]!++;
    else runs.push(i, 1);
  }
  return runs;
}

describe("runs", () => {
  it("are what a pixel by pixel comparison finds, within any limits", () => {
    for (let seed = 0; seed < 200; seed++) {
      const before = seed % 3 ? randomTile(seed + 1000, 256) : null;
      const after = randomTile(seed, 256);
      const [from, to] = [seed % 19, 256 - (seed % 23)];
      expect([...differenceRuns(before, after, from, to)]).toEqual(naiveRuns(before, after, from, to));
    }
  });

  it("turn either side into the other", () => {
    for (let seed = 0; seed < 100; seed++) {
      const [before, after] = [randomTile(seed, 512), randomTile(seed + 500, 512)];
      const runs = differenceRuns(before, after);
      const there = before.slice();
      toggleRuns(there, runs);
      expect(there).toEqual(after);
      toggleRuns(there, runs);
      expect(there).toEqual(before);
    }
  });
});
