import { describe, expect, it } from "vitest";

import { collectSpans, componentAt } from "./components";

const rows = collectSpans((emit) => {
  emit(0, 0, 3);
  emit(0, 10, 12);
  emit(1, 3, 5); // touches the first only by a corner
  emit(2, 9, 11);
});

describe("componentAt", () => {
  it("follows corners, as the metrics do", () => {
    expect(componentAt(rows, 1, 0)).toHaveLength(2);
  });

  it("stops at an empty row or column", () => {
    expect(componentAt(rows, 10, 0)).toEqual([{ y: 0, x0: 10, x1: 12 }]);
  });

  it("is empty off every span", () => {
    expect(componentAt(rows, 5, 0)).toEqual([]);
  });
});
