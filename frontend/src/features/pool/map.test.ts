import { describe, expect, it } from "vitest";

import { asCanvasReads, colouringOf } from "./mapColours";
import { frameOf, inside, nearest } from "./mapGeometry";

const SQUARE = [
  { x: 0, y: 0 },
  { x: 10, y: 0 },
  { x: 10, y: 10 },
  { x: 0, y: 10 },
];

describe("the lasso", () => {
  it("chooses what lies inside, whichever way it was drawn", () => {
    const places = [
      { x: 5, y: 5 },
      { x: 12, y: 5 },
      { x: 1, y: 9 },
    ];
    expect(inside(SQUARE, places)).toEqual([0, 2]);
    expect(inside([...SQUARE].reverse(), places)).toEqual([0, 2]);
  });

  it("leaves out the notch of a line that turns in on itself", () => {
    const notched = [...SQUARE.slice(0, 2), { x: 5, y: 2 }, ...SQUARE.slice(2)];
    expect(inside(notched, [{ x: 9, y: 5 }])).toEqual([]);
  });

  it("chooses nothing with fewer than three corners", () => {
    expect(inside(SQUARE.slice(0, 2), [{ x: 5, y: 0 }])).toEqual([]);
  });

  it("finds the nearest place within its reach", () => {
    const places = [
      { x: 0, y: 0 },
      { x: 8, y: 0 },
    ];
    expect(nearest(places, { x: 6, y: 0 }, 5)).toBe(1);
    expect(nearest(places, { x: 40, y: 0 }, 5)).toBe(-1);
  });
});

describe("the frame", () => {
  it("keeps everything on the canvas, up as up, and both axes alike", () => {
    const { toCanvas } = frameOf([-1, 3], [0, 1], 448, 300);
    expect(toCanvas({ x: -1, y: 0 })).toEqual({ x: 24, y: 200 });
    expect(toCanvas({ x: 3, y: 1 })).toEqual({ x: 424, y: 100 });
  });

  it("puts a single image, or none, into the middle", () => {
    expect(frameOf([2], [5], 100, 60).toCanvas({ x: 2, y: 5 })).toEqual({ x: 50, y: 30 });
    expect(frameOf([], [], 100, 60).toCanvas({ x: 0, y: 0 })).toEqual({ x: 50, y: 30 });
  });
});

describe("the colours", () => {
  const data = {
    ids: ["a", "b", "c"],
    x: [0, 0, 0],
    y: [0, 0, 0],
    label: ["normal", "normal", "defective"],
    split: [],
    score: [1, null, 3],
    camera: ["left", "", "left"],
    mode: [1, 2, 1],
    quarantined: [],
    filename: [],
  };

  it("tell modes and cameras apart, and what nobody knows", () => {
    const modes = colouringOf(data, "mode").colours;
    expect(modes[0]).toBe(modes[2]);
    expect(modes[0]).not.toBe(modes[1]);
    expect(colouringOf(data, "camera").swatches.map((swatch) => swatch.value)).toEqual(["left", null]);
  });

  it("go from the lowest score to the highest", () => {
    const { colours, swatches, isScale } = colouringOf(data, "score");
    expect(isScale).toBe(true);
    expect(colours[0]).toBe(swatches[0]!.colour);
    expect(colours[2]).toBe(swatches[1]!.colour);
    expect(new Set(colours).size).toBe(3);
  });
});

describe("colours on a canvas", () => {
  it("are what the variables of CSS stand for there", () => {
    const canvas = document.createElement("canvas");
    canvas.style.setProperty("--good", "#123456");
    document.body.append(canvas);
    expect(asCanvasReads(canvas, ["var(--good)", "#0072b2", "var(--good)"])).toEqual([
      "#123456",
      "#0072b2",
      "#123456",
    ]);
  });
});
