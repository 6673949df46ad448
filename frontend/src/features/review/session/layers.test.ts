import { describe, expect, it } from "vitest";

import type { DefectType } from "../api/types";
import { layersOf } from "./layers";

function type(name: string, hotkey: string): DefectType {
  return { id: name, name, colour: "", hotkey };
}

describe("layersOf", () => {
  it("never gives one key to two defect types", () => {
    const layers = layersOf([type("defect", ""), type("scratch", "1"), type("pit", "2"), type("dent", "")]);
    const keys = layers.filter(({ kind }) => kind === "defect").map(({ key }) => key);
    expect(keys).toEqual(["3", "1", "2", "4"]);
  });

  it("leaves types beyond the ninth without a key, and has one nameless layer where there are no types", () => {
    const ten = Array.from({ length: 10 }, (_, i) => type(`t${i}`, ""));
    expect(layersOf(ten)[9]!.key).toBe("");
    expect(layersOf([])[0]).toMatchObject({ id: "defect", name: null, key: "1" });
  });
});
