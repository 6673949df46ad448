import { beforeEach, describe, expect, it, vi } from "vitest";

import { layerId } from "@/canvas/MaskDocument";
import { eventually } from "@/testing/eventually";
import { MockReviewServer } from "@/testing/mockReviewServer";
import { mockTask, pretendToDecode } from "@/testing/mockTasks";

import { packTile } from "../api/tilePacking";
import type { ReviewTask } from "../api/types";
import { loadTask, unloadTask } from "./loadTask";
import { LocalDrafts } from "./LocalDrafts";

const SCRATCH = layerId({ kind: "defect", defectType: "scratch" });

describe("loadTask", () => {
  const entry = mockTask("a");
  const task = entry.task as ReviewTask;
  let server: MockReviewServer;
  let local: LocalDrafts;

  beforeEach(() => {
    server = new MockReviewServer([entry]);
    vi.stubGlobal("fetch", server.handle);
    vi.stubGlobal("createImageBitmap", () => Promise.resolve(pretendToDecode()));
    local = new LocalDrafts(crypto.randomUUID());
  });

  it("brings the score map and the saved draft", async () => {
    const bytes = new Uint8Array(512 * 512);
    bytes.set([1, 1, 1]);
    server.changeElsewhere(task.id, await packTile({ layerId: SCRATCH, row: 0, col: 0 }, bytes));
    const loaded = await loadTask(task, local);
    expect(loaded.document.mask(SCRATCH).area()).toBe(3);
    expect(loaded.scoreMap!.values[0]).toBe(3000);
    expect(loaded.draft.version).toBe(1);
    unloadTask(loaded);
  });

  it("survives a reload: unsaved strokes and the undo list are back", async () => {
    const first = await loadTask(task, local);
    server.offline = true;
    first.document.paint(SCRATCH, 1, (emit) => emit(0, 0, 10));
    first.document.paint(SCRATCH, 1, (emit) => emit(1, 0, 10));
    await first.draft.flush().catch(() => undefined);
    await eventually(async () => expect((await local.read(task.id))?.steps).toHaveLength(2));
    unloadTask(first);

    server.offline = false;
    const again = await loadTask(task, local);
    expect(again.document.mask(SCRATCH).area()).toBe(20);
    again.document.undo();
    expect(again.document.mask(SCRATCH).area()).toBe(10);
    await again.draft.flush();
    expect(again.draft.version).toBe(1);
    unloadTask(again);
  });

  it("asks whose drawing counts when unsaved strokes meet a newer draft", async () => {
    const first = await loadTask(task, local);
    server.offline = true;
    first.document.paint(SCRATCH, 1, (emit) => emit(0, 0, 10));
    await first.draft.flush().catch(() => undefined);
    await eventually(async () => expect((await local.read(task.id))?.unsaved).toHaveLength(1));
    unloadTask(first);

    server.offline = false;
    const theirs = new Uint8Array(512 * 512).fill(1, 520, 525);
    server.changeElsewhere(task.id, await packTile({ layerId: SCRATCH, row: 0, col: 0 }, theirs));
    const again = await loadTask(task, local);
    expect(again.draft.state.get()).toBe("conflict");
    expect(again.document.canUndo).toBe(false);
    const merge = await again.draft.compare();
    await again.draft.resolve(merge, () => "both");
    expect(again.document.mask(SCRATCH).area()).toBe(15);
    unloadTask(again);
  });

  it("shows the image without a score map that is not of the size it claims", async () => {
    entry.mapValues = new Uint16Array(3);
    const loaded = await loadTask(task, local);
    expect(loaded.scoreMap).toBeNull();
    unloadTask(loaded);
    entry.mapValues = new Uint16Array(16);
  });
});
