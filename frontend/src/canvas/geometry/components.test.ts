import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { componentAt, componentsTouching, holesOf, labelSpans, specksOf } from "./components";
import { emitSpans, listSpans, tileSpans, type SpanList } from "./spans";
import { TileMask } from "./tiles";

const SIDE = 9;

/** Spans of a picture given as rows of characters, where `#` is set. */
function drawn(...rows: string[]): SpanList {
  return spansOf(rows.map((row) => Array.from({ length: row.length }, (_, x) => row[x] === "#")));
}

function spansOf(pixels: readonly boolean[][]): SpanList {
  return listSpans((emit) => {
    pixels.forEach((row, y) => {
      for (let x = 0; x < row.length; x++) {
        if (!row[x] || row[x - 1]) continue;
        let end = x;
        while (row[end]) end++;
        emit(y, x, end);
      }
    });
  });
}

function pixelsOf(spans: SpanList): string[] {
  const found: string[] = [];
  emitSpans(spans, (y, x0, x1) => {
    for (let x = x0; x < x1; x++) found.push(`${x},${y}`);
  });
  return found.sort();
}

/** The plain way: from pixel to pixel. */
function reached(pixels: readonly boolean[][], x: number, y: number): string[] {
  const seen = new Set<string>();
  const walk = (px: number, py: number): void => {
    if (!pixels[py]?.[px] || seen.has(`${px},${py}`)) return;
    seen.add(`${px},${py}`);
    for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) walk(px + dx, py + dy);
  };
  walk(x, y);
  return [...seen].sort();
}

const anyPicture = fc.array(fc.array(fc.boolean(), { minLength: SIDE, maxLength: SIDE }), {
  minLength: SIDE,
  maxLength: SIDE,
});
const anyPlace = fc.nat(SIDE - 1);

describe("componentAt", () => {
  it("finds what walking from pixel to pixel finds, corners included", () => {
    fc.assert(
      fc.property(anyPicture, anyPlace, anyPlace, (pixels, x, y) => {
        expect(pixelsOf(componentAt(spansOf(pixels), x, y))).toEqual(reached(pixels, x, y));
      }),
    );
  });
});

describe("labelSpans", () => {
  it("without diagonals takes pixels that touch at a corner apart", () => {
    const corner = drawn("#.", ".#");
    expect(new Set(labelSpans(corner, true)).size).toBe(1);
    expect(new Set(labelSpans(corner, false)).size).toBe(2);
  });
});

describe("holesOf", () => {
  it("finds what is enclosed, also behind a diagonal wall, and nothing that opens to the outside", () => {
    expect(pixelsOf(holesOf(drawn("####.", "#..#.", ".#.#.", "..##.")))).toEqual(["1,1", "2,1", "2,2"]);
    expect(pixelsOf(holesOf(drawn("####", "#..#", "#...", "####")))).toEqual([]);
    expect(pixelsOf(holesOf(new Int32Array()))).toEqual([]);
  });

  it("leaves an island in a hole standing and fills around it", () => {
    expect(pixelsOf(holesOf(drawn("#####", "#...#", "#.#.#", "#...#", "#####")))).toHaveLength(8);
  });
});

describe("specksOf", () => {
  it("finds the components below the size, counting diagonal neighbours together", () => {
    const spans = drawn("#..##", ".#...", "....#");
    expect(pixelsOf(specksOf(spans, 2))).toEqual(["4,2"]);
    expect(pixelsOf(specksOf(spans, 3))).toHaveLength(5);
  });
});

describe("componentsTouching", () => {
  it("takes whole components that share a pixel with the seeds", () => {
    const spans = drawn("##.##", "##.##", ".....", "#####");
    expect(pixelsOf(componentsTouching(spans, drawn(".....", "...#.")))).toEqual([
      "3,0",
      "3,1",
      "4,0",
      "4,1",
    ]);
    expect(pixelsOf(componentsTouching(spans, drawn("..#..")))).toEqual([]);
  });
});

describe("tileSpans", () => {
  it("reads a mask back as it was painted, across tiles", () => {
    const mask = new TileMask(1300, 600);
    const painted = Int32Array.of(3, 500, 530, 3, 540, 541, 511, 0, 1300, 512, 1023, 1025, 599, 1299, 1300);
    emitSpans(painted, (y, x0, x1) => mask.fillSpan(y, x0, x1, 1));
    expect([...tileSpans([...mask.tiles()])]).toEqual([...painted]);
  });
});
