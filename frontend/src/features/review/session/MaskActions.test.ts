import { beforeEach, describe, expect, it, vi } from "vitest";

import { Regions } from "@/canvas/regions/Regions";
import { MaskDocument } from "@/canvas/MaskDocument";
import { mockTask, pretendToDecode } from "@/testing/mockTasks";

import { DraftSync } from "./DraftSync";
import type { LoadedTask } from "./loadTask";
import { LocalDrafts } from "./LocalDrafts";
import { MaskActions } from "./MaskActions";
import { SettingsStore } from "./settings";

const LAYER = "defect:scratch";

function makeLoaded(): LoadedTask {
  const { task, mapValues } = mockTask("a");
  const document = new MaskDocument(64, 48);
  const empty = { version: 0, layers: [] };
  return {
    task: task,
    picture: { kind: "bitmap", isGrey: true, bitmap: pretendToDecode() },
    scoreMap: { values: mapValues!, width: 4, height: 4, scale: 0.001 },
    document,
    draft: new DraftSync(task, document, empty, new LocalDrafts(crypto.randomUUID())),
  };
}

describe("MaskActions", () => {
  const notify = vi.fn();
  let loaded: LoadedTask;
  let actions: MaskActions;
  let activeLayer: string;

  beforeEach(() => {
    localStorage.clear();
    notify.mockClear();
    loaded = makeLoaded();
    activeLayer = LAYER;
    const settings = {
      ...new SettingsStore().get(),
      wandSource: "score" as const,
      wandTolerance: 0.5,
      speckPx: 5,
    };
    const screen = () => {
      const [scoreRange, window] = [[0, 4] as const, [0, 1] as const];
      return { loaded, activeLayer, threshold: 2, scoreRange, window, settings };
    };
    actions = new MaskActions(new Regions(), screen, notify);
    actions.setTask(loaded);
    return () => loaded.draft.stop();
  });

  const area = (): number => loaded.document.mask(LAYER).area();

  it("a predicted region is added, and taken away with Alt", async () => {
    actions.pick({ tool: "region", x: 3, y: 3, invert: false });
    await actions.settled();
    expect(area()).toBe(32 * 48);
    actions.pick({ tool: "region", x: 3, y: 3, invert: true });
    await actions.settled();
    expect(area()).toBe(0);
  });

  it("the wand on the score takes what is connected and scores little less", async () => {
    actions.pick({ tool: "wand", x: 3, y: 3, invert: false });
    await actions.settled();
    // 3000 − 0.5 · 4 = 1.0: everything scores at least that.
    expect(area()).toBe(64 * 48);
  });

  it("applies the answers in the order of the questions, to the layer that was in hand", async () => {
    loaded.document.paint(LAYER, 1, (emit) => emit(5, 2, 4));
    actions.growToContour();
    actions.removeSpecks();
    activeLayer = "defect:pit";
    await actions.settled();
    // Asked for before the growing: the two pixels were a speck then.
    expect(area()).toBe(32 * 48 - 2);
    expect(loaded.document.mask("defect:pit").isEmpty()).toBe(true);
  });

  it("says so when there is nothing to change", async () => {
    actions.fillHoles();
    await actions.settled();
    expect(notify).toHaveBeenCalledExactlyOnceWith("nothingFound");
    expect(loaded.document.canUndo).toBe(false);
  });

  it("drops an answer about an image that is no longer on the screen", async () => {
    actions.usePrediction();
    actions.setTask(null);
    await actions.settled();
    expect(area()).toBe(0);
    expect(actions.awaited.get()).toBe(0);
  });
});
