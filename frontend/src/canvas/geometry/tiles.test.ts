import { describe, expect, it } from "vitest";

import { cocoRleSpans, toCocoRle } from "./runs";
import { emitSpans } from "./spans";
import { TILE_PX, TileMask } from "./tiles";

describe("TileMask", () => {
  it("splits a span over tiles and sets exactly its pixels", () => {
    const mask = new TileMask(1200, 40);
    mask.fillSpan(7, 500, 1030, 1);
    expect([...mask.tiles()].map((tile) => tile.col)).toEqual([0, 1, 2]);
    expect([mask.get(499, 7), mask.get(500, 7), mask.get(1029, 7), mask.get(1030, 7)]).toEqual([0, 1, 1, 0]);
    expect(mask.area()).toBe(530);
  });

  it("clips to the image", () => {
    const mask = new TileMask(20, 10);
    mask.fillSpan(3, -50, 600, 1);
    mask.fillSpan(-1, 0, 20, 1);
    mask.fillSpan(10, 0, 20, 1);
    expect(mask.area()).toBe(20);
  });

  it("keeps the dirty rectangle as small as what was written", () => {
    const mask = new TileMask(600, 600);
    mask.fillSpan(5, 10, 20, 1);
    mask.fillSpan(9, 15, 40, 1);
    expect(mask.tile(0, 0)!.dirty).toEqual({ x0: 10, y0: 5, x1: 40, y1: 10 });
  });

  it("makes no tile when clearing", () => {
    const mask = new TileMask(600, 600);
    mask.fillSpan(5, 10, 20, 0);
    expect([...mask.tiles()]).toHaveLength(0);
  });

  it("drops pixels beyond the edge from a loaded tile and refuses a wrong size", () => {
    const mask = new TileMask(3, 2);
    mask.setTile(0, 0, new Uint8Array(TILE_PX * TILE_PX).fill(1));
    expect(mask.area()).toBe(6);
    expect(() => mask.setTile(0, 0, new Uint8Array(9))).toThrow(RangeError);
    expect(() => mask.setTile(1, 0, new Uint8Array(TILE_PX * TILE_PX))).toThrow(RangeError);
  });
});

describe("COCO run lengths", () => {
  it("run column by column and start with zeros", () => {
    const mask = new TileMask(3, 2);
    mask.fillSpan(0, 0, 2, 1);
    expect(toCocoRle(mask)).toEqual({ size: [2, 3], counts: [0, 1, 1, 1, 3] });
  });

  it("come back as the same pixels", () => {
    const mask = new TileMask(700, 30);
    for (let y = 0; y < 30; y++) mask.fillSpan(y, 480 + y, 560 - y, 1);
    const copy = new TileMask(700, 30);
    const spans = cocoRleSpans(toCocoRle(mask), mask.widthPx, mask.heightPx);
    emitSpans(spans, (y, x0, x1) => copy.fillSpan(y, x0, x1, 1));
    expect(toCocoRle(copy)).toEqual(toCocoRle(mask));
    expect(copy.area()).toBe(mask.area());
  });

  it("made for another size are refused with both sizes named", () => {
    expect(() => cocoRleSpans({ size: [2, 3], counts: [6] }, 3, 3)).toThrow("3 × 2");
  });
});
