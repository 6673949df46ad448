import { beforeEach, describe, expect, it } from "vitest";

import { MaskDocument } from "../MaskDocument";
import type { Point } from "../geometry/rect";
import { createTools, type Pick, type Tool, type ToolContext, type ToolPointer } from ".";

const LAYER = "defect";

function at(x: number, y: number, held: Partial<ToolPointer> = {}): ToolPointer {
  return { image: { x, y }, screen: { x, y }, invert: false, straight: false, ...held };
}

describe("tools", () => {
  let document: MaskDocument;
  let outline: readonly Point[] | null;
  let moved: Point;
  let picks: Pick[];
  let tools: Record<string, Tool>;
  let brushPx: number;

  beforeEach(() => {
    document = new MaskDocument(100, 80);
    outline = null;
    picks = [];
    brushPx = 3;
    moved = { x: 0, y: 0 };
    const context: ToolContext = {
      document: () => document,
      layerId: () => LAYER,
      brushRadiusPx: () => brushPx / 2,
      imagePxPerScreenPx: () => 1,
      pick: (pick) => picks.push(pick),
      panBy: (dx, dy) => (moved = { x: moved.x + dx, y: moved.y + dy }),
      requestDraw: () => undefined,
      showOutline: (points) => (outline = points),
    };
    tools = createTools(context);
  });

  const area = (): number => document.mask(LAYER).area();
  const click = (tool: Tool, pointer: ToolPointer): void => {
    tool.down(pointer);
    tool.up(pointer);
  };

  it("brush: a drag is one undo step of the pixels it passed", () => {
    tools["brush"]!.down(at(10.5, 10.5));
    tools["brush"]!.move([at(15.5, 10.5), at(20.5, 10.5)]);
    tools["brush"]!.up(at(20.5, 10.5));
    // A row of 11 pixels, one row above and below, and one column at either end.
    expect(area()).toBe(3 * 13);
    document.undo();
    expect(area()).toBe(0);
    expect(document.canUndo).toBe(false);
  });

  it.each([
    [1, 1],
    [2, 4],
    [3, 9],
    [4, 12],
  ])("brush of %i px paints %i pixels wherever the pointer is", (diameterPx, pixels) => {
    brushPx = diameterPx;
    for (const pointer of [at(20, 20), at(40.5, 20.5), at(60.99, 20.01)]) click(tools["brush"]!, pointer);
    expect(area()).toBe(3 * pixels);
  });

  it("brush with Alt erases, eraser with Alt paints", () => {
    click(tools["eraser"]!, at(10.5, 10.5, { invert: true }));
    expect(area()).toBe(9);
    click(tools["brush"]!, at(10.5, 10.5, { invert: true }));
    expect(area()).toBe(0);
  });

  it("brush with Shift draws a straight line from where the last stroke ended", () => {
    click(tools["brush"]!, at(10.5, 10.5));
    click(tools["brush"]!, at(30.5, 10.5, { straight: true }));
    expect(document.mask(LAYER).get(20, 10)).toBe(1);
  });

  it("brush: a cancelled stroke leaves nothing", () => {
    tools["brush"]!.down(at(10.5, 10.5));
    expect(tools["brush"]!.cancel()).toBe(true);
    expect([area(), document.canUndo]).toEqual([0, false]);
  });

  it("polygon: clicks and a click on the first corner fill exactly the shape", () => {
    const polygon = tools["polygon"]!;
    for (const corner of [at(10, 10), at(40, 10), at(40, 30), at(10, 30)]) click(polygon, corner);
    expect(area()).toBe(0);
    click(polygon, at(11, 11));
    expect(area()).toBe(30 * 20);
    expect(outline).toBeNull();
  });

  it("polygon: Backspace takes a corner back, Enter closes, Escape drops", () => {
    const polygon = tools["polygon"]!;
    for (const corner of [at(10, 10), at(40, 10), at(40, 30), at(90, 70)]) click(polygon, corner);
    polygon.key!("Backspace");
    polygon.key!("Enter");
    expect(document.mask(LAYER).get(60, 45)).toBe(0);
    expect(document.mask(LAYER).get(38, 12)).toBe(1);
    click(polygon, at(1, 1));
    expect(polygon.cancel()).toBe(true);
    expect(polygon.key!("Enter")).toBe(false);
  });

  it("polygon: a drag draws freehand", () => {
    const polygon = tools["polygon"]!;
    polygon.down(at(10, 10));
    polygon.move([at(40, 10), at(40, 40), at(10, 40)]);
    polygon.up(at(10, 40));
    polygon.key!("Enter");
    expect(area()).toBe(900);
  });

  it("rectangle fills the pixels between its corners; with Alt it clears them", () => {
    const rectangle = tools["rectangle"]!;
    rectangle.down(at(30, 20));
    rectangle.move([at(10, 10)]);
    expect(outline).toHaveLength(4);
    rectangle.up(at(10, 10));
    expect(area()).toBe(200);
    rectangle.down(at(10, 10, { invert: true }));
    rectangle.up(at(20, 20));
    expect(area()).toBe(100);
  });

  it.each(["region", "wand", "why"])(
    "%s names the whole pixel that was clicked, and whether Alt was held",
    (id) => {
      click(tools[id]!, at(25.9, 10.2));
      click(tools[id]!, at(3, 4, { invert: true }));
      expect(picks).toEqual([
        { tool: id, x: 25, y: 10, invert: false },
        { tool: id, x: 3, y: 4, invert: true },
      ]);
    },
  );

  it("pan moves the view by the drag", () => {
    tools["pan"]!.down(at(5, 5));
    tools["pan"]!.move([at(9, 3)]);
    tools["pan"]!.up(at(9, 3));
    tools["pan"]!.move([at(50, 50)]);
    expect(moved).toEqual({ x: 4, y: -2 });
  });
});
