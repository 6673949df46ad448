import { describe, expect, it } from "vitest";

import { actionOfKey } from "./keys";
import { cleared, everything, extended, moved, NOTHING, toggled } from "./selection";

const ORDER = ["a", "b", "c", "d", "e", "f"];
const ids = (selection: { ids: ReadonlySet<string> }) => [...selection.ids].sort();

describe("selection", () => {
  it("toggles one image and makes it the start of a range", () => {
    const once = toggled(NOTHING, ORDER, 2);
    expect(ids(once)).toEqual(["c"]);
    expect(ids(toggled(once, ORDER, 2))).toEqual([]);
    expect(ids(extended(once, ORDER, 0))).toEqual(["a", "b", "c"]);
  });

  it("adds ranges to what was selected", () => {
    const two = extended(toggled(toggled(NOTHING, ORDER, 0), ORDER, 3), ORDER, 5);
    expect(ids(two)).toEqual(["a", "d", "e", "f"]);
  });

  it("stays inside the list", () => {
    expect(moved(NOTHING, ORDER, 1, false).focused).toBe(0);
    expect(moved({ ...NOTHING, focused: 5 }, ORDER, 3, false).focused).toBe(5);
    expect(moved({ ...NOTHING, focused: 1 }, ORDER, -3, false).focused).toBe(0);
    expect(toggled(NOTHING, ORDER, 9)).toBe(NOTHING);
    expect(moved(NOTHING, [], 1, true)).toBe(NOTHING);
  });

  it("selects while moving with shift", () => {
    const start = { ids: new Set<string>(), focused: 1, anchor: -1 };
    expect(ids(moved(start, ORDER, 3, true))).toEqual(["b", "c", "d", "e"]);
  });

  it("clears without losing the place", () => {
    const all = everything({ ...NOTHING, focused: 3 }, ORDER);
    expect(ids(all)).toEqual(ORDER);
    expect(cleared(all)).toMatchObject({ focused: 3 });
  });
});

describe("keys", () => {
  const grid = { selection: { ids: new Set(["b"]), focused: 1, anchor: 1 }, order: ORDER, columns: 3 };
  const press = (key: string, held: Partial<Record<"shiftKey" | "ctrlKey" | "metaKey", boolean>> = {}) =>
    actionOfKey({ key, shiftKey: false, ctrlKey: false, metaKey: false, ...held }, grid);

  it("moves by columns, opens, closes and relabels", () => {
    expect(press("ArrowDown")?.selection?.focused).toBe(4);
    expect(press("Enter")?.open).toBe("b");
    expect(press("Escape")).toMatchObject({ open: null });
    expect(press("n")?.changes).toEqual({ label: "normal" });
    expect(press("Q")?.changes).toEqual({ quarantined: true });
  });

  it("leaves the browser its own keys", () => {
    expect(press("r", { ctrlKey: true })).toBeUndefined();
    expect(press("Tab")).toBeUndefined();
    expect(press("a", { metaKey: true })?.selection?.ids.size).toBe(6);
  });
});
