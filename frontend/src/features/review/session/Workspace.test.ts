import { beforeEach, describe, expect, it, vi } from "vitest";

import { MaskDocument } from "@/canvas/MaskDocument";
import { mockTask, pretendToDecode } from "@/testing/mockTasks";

import type { ReviewTask } from "../api/types";
import { DraftSync } from "./DraftSync";
import { listenToKeys } from "./keys";
import type { LoadedTask } from "./loadTask";
import { LocalDrafts } from "./LocalDrafts";
import type { ReviewSession } from "./ReviewSession";
import { Workspace } from "./Workspace";

function makeLoaded(withMap: boolean): LoadedTask {
  const { task, mapValues } = mockTask("a");
  const document = new MaskDocument(64, 48);
  const leased = task as ReviewTask;
  return {
    task: leased,
    picture: { kind: "bitmap", isGrey: true, bitmap: pretendToDecode() },
    scoreMap: withMap ? { values: mapValues!, width: 4, height: 4, scale: 0.001 } : null,
    document,
    draft: new DraftSync(leased, document, { version: 0, layers: [] }, new LocalDrafts(crypto.randomUUID())),
  };
}

describe("the workspace's keys", () => {
  const judge = vi.fn();
  const notify = vi.fn();
  const page = { showShortcuts: vi.fn(), undoVerdict: vi.fn() };
  let workspace: Workspace;
  let loaded: LoadedTask;

  beforeEach(() => {
    localStorage.clear();
    workspace = new Workspace({ judge } as unknown as ReviewSession, notify);
    loaded = makeLoaded(true);
    workspace.show(loaded);
    const stop = listenToKeys(workspace, page);
    return () => {
      stop();
      loaded.draft.stop();
    };
  });

  const press = (key: string, init: KeyboardEventInit = {}, target: EventTarget = window): boolean =>
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init }));

  it.each([
    ["a", "accept"],
    ["n", "normal"],
    ["d", "defective"],
    ["s", "skip"],
  ])("%s gives the verdict %s with the threshold on the screen", (key, verdict) => {
    workspace.threshold.set(2.5);
    press(key);
    expect(judge).toHaveBeenCalledExactlyOnceWith({ verdict, pixelThreshold: 2.5, defectType: "scratch" });
  });

  it("ignores a verdict key that is held down", () => {
    press("n", { repeat: true });
    expect(judge).not.toHaveBeenCalled();
  });

  it("refuses to submit an empty mask and says why", () => {
    press("Enter");
    expect(judge).not.toHaveBeenCalled();
    expect(notify).toHaveBeenCalledWith("emptyMask");
  });

  it("turns the prediction into a mask equal to the shader's rule, as one undo step", async () => {
    press("m");
    await workspace.mask.settled();
    const mask = loaded.document.mask("defect:scratch");
    // The crossing of 3000 → 1000 at 2000 lies in the middle between cell centres 1.5 and 2.5: column 32 of 64.
    expect([mask.get(31, 20), mask.get(32, 20), mask.area()]).toEqual([1, 0, 32 * 48]);
    press("z", { ctrlKey: true });
    expect(mask.isEmpty()).toBe(true);
    press("z", { ctrlKey: true, shiftKey: true });
    expect(mask.area()).toBe(32 * 48);
  });

  it("keeps a drawn mask from being replaced by the bare prediction", async () => {
    press("m");
    await workspace.mask.settled();
    press("a");
    expect(judge).not.toHaveBeenCalled();
    expect(notify).toHaveBeenCalledWith("editedMask");
    press("c");
    expect(judge).toHaveBeenCalledOnce();
  });

  it("replaces the layer rather than adding to it", async () => {
    loaded.document.paint("defect:scratch", 1, (emit) => emit(5, 50, 60));
    press("m");
    await workspace.mask.settled();
    expect(loaded.document.mask("defect:scratch").get(55, 5)).toBe(0);
  });

  it("chooses layers and tools, and changes the brush", () => {
    press("2");
    press("e");
    press("]");
    expect(workspace.view.get().activeLayer).toBe("defect:pit");
    expect(workspace.settings.get()).toMatchObject({ tool: "eraser", brushPx: 10 });
    for (let i = 0; i < 20; i++) press("[");
    expect(workspace.settings.get().brushPx).toBe(1);
  });

  it("leaves typing and dialogs alone", () => {
    const field = document.body.appendChild(document.createElement("textarea"));
    press("n", {}, field);
    field.remove();
    expect(judge).not.toHaveBeenCalled();
  });

  it("leaves Enter to a focused button", async () => {
    workspace.mask.usePrediction();
    await workspace.mask.settled();
    const button = document.body.appendChild(document.createElement("button"));
    press("Enter", {}, button);
    button.remove();
    expect(judge).not.toHaveBeenCalled();
  });

  it("has no prediction to accept for an unscored image", () => {
    const unscored = makeLoaded(false);
    workspace.show(unscored);
    press("a");
    expect(notify).toHaveBeenCalledWith("noPrediction");
    unscored.draft.stop();
  });

  it("opens the list of keys and undoes the last verdict", () => {
    press("?", { shiftKey: true });
    press("u");
    expect(page.showShortcuts).toHaveBeenCalledOnce();
    expect(page.undoVerdict).toHaveBeenCalledOnce();
  });
});
