import { describe, expect, it, vi } from "vitest";

import { Store } from "./store";

describe("a store", () => {
  it("tells whoever follows some fields of their changes only", () => {
    const store = new Store({ layer: "scratch", canUndo: false });
    const changed = vi.fn();
    const stop = store.follow(["layer"], changed);
    store.update({ canUndo: true });
    expect(changed).not.toHaveBeenCalled();
    store.update({ layer: "pit", canUndo: false });
    expect(changed).toHaveBeenCalledTimes(1);
    stop();
    store.update({ layer: "scratch" });
    expect(changed).toHaveBeenCalledTimes(1);
  });
});
