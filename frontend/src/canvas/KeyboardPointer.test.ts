import { beforeEach, describe, expect, it, vi } from "vitest";

import { KeyboardPointer } from "./KeyboardPointer";
import type { Point } from "./geometry/rect";
import type { Tool, ToolPointer } from "./tools";

describe("KeyboardPointer", () => {
  const calls: [string, Point | null][] = [];
  let press: Tool["press"];
  let keyboard: KeyboardPointer;
  const panBy = vi.fn();
  const show = vi.fn();

  beforeEach(() => {
    calls.length = 0;
    press = "drag";
    panBy.mockClear();
    show.mockClear();
    const note =
      (name: string) =>
      ({ image }: ToolPointer): void =>
        void calls.push([name, image]);
    const tool = (): Tool => ({
      cursor: "brush",
      press,
      down: note("down"),
      move: ([pointer]) => note("move")(pointer!),
      up: note("up"),
      cancel: () => false,
    });
    keyboard = new KeyboardPointer({
      tool,
      view: () => ({ scale: 2, x: 0, y: 0 }),
      screen: () => ({ width: 200, height: 100 }),
      image: () => ({ width: 100, height: 50 }),
      panBy,
      show,
    });
  });

  it("uses no key while it is off", () => {
    expect(keyboard.key("ArrowLeft", false, false)).toBe(false);
    expect(keyboard.key(" ", false, false)).toBe(false);
  });

  it("starts in the middle of the screen and moves by pixels, ten with Shift, within the image", () => {
    keyboard.toggle();
    keyboard.key("ArrowRight", false, false);
    keyboard.key("ArrowUp", true, false);
    expect(calls.at(-1)).toEqual(["move", { x: 51.5, y: 15.5 }]);
    for (let i = 0; i < 9; i++) keyboard.key("ArrowUp", true, false);
    expect(calls.at(-1)).toEqual(["move", { x: 51.5, y: 0.5 }]);
    expect(panBy).toHaveBeenLastCalledWith(0, 23);
  });

  it("a drag begins with one press and ends with the next, or with Enter", () => {
    keyboard.toggle();
    keyboard.key(" ", false, false);
    keyboard.key("ArrowRight", false, false);
    keyboard.key(" ", false, false);
    keyboard.key(" ", false, false);
    expect(keyboard.key("Enter", false, false)).toBe(true);
    expect(calls.map(([name]) => name)).toEqual(["down", "move", "up", "down", "up"]);
    expect(keyboard.key("Enter", false, false)).toBe(false);
  });

  it("a click is one press", () => {
    press = "click";
    keyboard.toggle();
    keyboard.key(" ", false, false);
    expect(calls.map(([name]) => name)).toEqual(["down", "up"]);
  });

  it("disappears when it is turned off", () => {
    keyboard.toggle();
    keyboard.toggle();
    expect(show).toHaveBeenLastCalledWith(null);
    expect(keyboard.isOn).toBe(false);
  });
});
