import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { layerId, MaskDocument } from "@/canvas/MaskDocument";
import { MockReviewServer } from "@/testing/mockReviewServer";
import { mockTask } from "@/testing/mockTasks";

import { packTile, unpackTile } from "../api/tilePacking";
import type { ReviewDraft, ReviewTask } from "../api/types";
import { DraftSync } from "./DraftSync";
import { LocalDrafts } from "./LocalDrafts";

const SCRATCH = layerId({ kind: "defect", defectType: "scratch" });
const PLACE = { layerId: SCRATCH, row: 0, col: 0 };

function dots(...places: number[]): Uint8Array {
  const bytes = new Uint8Array(512 * 512);
  for (const place of places) bytes[place] = 1;
  return bytes;
}

const dot = (place: number): Uint8Array => dots(place);

function draftOf(version: number, data: string): ReviewDraft {
  return { version, layers: [{ kind: "defect", defect_type: "scratch", tiles: [{ row: 0, col: 0, data }] }] };
}

describe("DraftSync", () => {
  const entry = mockTask("a");
  const task = entry.task as ReviewTask;
  let server: MockReviewServer;
  let document: MaskDocument;
  let local: LocalDrafts;
  let draft: DraftSync;

  beforeEach(() => {
    server = new MockReviewServer([entry]);
    vi.stubGlobal("fetch", server.handle);
    document = new MaskDocument(64, 48);
    local = new LocalDrafts(crypto.randomUUID());
    draft = new DraftSync(task, document, { version: 0, layers: [] }, local);
  });
  afterEach(() => draft.stop());

  const paintRow = (y: number): void => document.paint(SCRATCH, 1, (emit) => emit(y, 2, 9));
  const patches = () => server.seen.filter((seen) => seen.method === "PATCH");

  it("sends the changed tiles on top of the version it knows, as zeros and ones", async () => {
    paintRow(3);
    await draft.flush();
    expect(patches()[0]!.headers.get("If-Match")).toBe('"0"');
    const saved = [...server.drafts.get(task.id)!.tiles.values()][0]!;
    const bytes = await unpackTile(saved.data!);
    expect([bytes[3 * 512 + 1], bytes[3 * 512 + 2], bytes[3 * 512 + 8], bytes[3 * 512 + 9]]).toEqual([
      0, 1, 1, 0,
    ]);
    expect([draft.version, draft.state.get()]).toEqual([1, "saved"]);
  });

  it("sends an erased tile as null", async () => {
    paintRow(3);
    await draft.flush();
    document.undo();
    await draft.flush();
    expect(patches()[1]!.body).toMatchObject({ changes: [{ row: 0, col: 0, data: null }] });
  });

  it("gathers several strokes into one request", async () => {
    paintRow(3);
    paintRow(4);
    await draft.flush();
    expect(patches()).toHaveLength(1);
  });

  it("stops at a lost race in one tile, and overwrites nothing", async () => {
    server.changeElsewhere(task.id, await packTile(PLACE, dot(0)));
    paintRow(3);
    await expect(draft.flush()).rejects.toMatchObject({ status: 412 });
    expect(draft.state.get()).toBe("conflict");
    expect(server.drafts.get(task.id)!.version).toBe(1);
  });

  it("joins changes to different tiles by itself", async () => {
    const pit = { layerId: layerId({ kind: "defect", defectType: "pit" }), row: 0, col: 0 };
    server.changeElsewhere(task.id, await packTile(pit, dot(0)));
    paintRow(3);
    await draft.flush();
    expect(draft.state.get()).toBe("saved");
    expect(document.mask(pit.layerId).area()).toBe(1);
    expect(server.drafts.get(task.id)!.tiles.size).toBe(2);
  });

  it("goes on when the answer to a save was lost on its way", async () => {
    paintRow(3);
    server.changeElsewhere(task.id, await packTile(PLACE, document.mask(SCRATCH).tile(0, 0)!.bytes));
    await draft.flush();
    expect([draft.state.get(), document.mask(SCRATCH).area()]).toEqual(["saved", 7]);
  });

  it.each([
    ["both", [0, 0, 1, 1]],
    ["mine", [0, 1, 1, 0]],
    ["theirs", [1, 0, 0, 1]],
  ] as const)("a tile changed on both sides becomes what was decided: %s", async (choice, expected) => {
    // Pixel 1 was there before; I erased pixel 0 and painted 2, they erased 1 and painted 3.
    document.loadTile(PLACE, dots(0, 1));
    const start = await packTile(PLACE, dots(0, 1));
    draft.stop();
    draft = new DraftSync(task, document, draftOf(0, start.data!), local);
    document.paint(SCRATCH, 0, (emit) => emit(0, 0, 1));
    document.paint(SCRATCH, 1, (emit) => emit(0, 2, 3));
    server.changeElsewhere(task.id, await packTile(PLACE, dots(0, 3)));
    await expect(draft.flush()).rejects.toMatchObject({ status: 412 });
    const merge = await draft.compare();
    expect(merge.tiles).toHaveLength(1);
    await draft.resolve(merge, () => choice);
    const row = [0, 1, 2, 3].map((x) => document.mask(SCRATCH).get(x, 0));
    expect([row, draft.state.get()]).toEqual([expected, "saved"]);
    const saved = [...server.drafts.get(task.id)!.tiles.values()][0]!;
    expect([...(await unpackTile(saved.data!)).subarray(0, 4)]).toEqual(expected);
  });

  it("drops my strokes when I take theirs", async () => {
    server.changeElsewhere(task.id, await packTile(PLACE, dot(520)));
    paintRow(3);
    await draft.flush().catch(() => undefined);
    await draft.takeTheirs();
    expect(document.mask(SCRATCH).area()).toBe(1);
    expect([draft.version, draft.state.get(), document.canUndo]).toEqual([1, "saved", false]);
  });

  it("keeps strokes here while the server is away and sends them later", async () => {
    server.offline = true;
    paintRow(3);
    await expect(draft.flush()).rejects.toThrow();
    expect(draft.state.get()).toBe("offline");
    expect((await local.read(task.id))!.unsaved).toHaveLength(1);
    server.offline = false;
    await draft.flush();
    expect((await local.read(task.id))!.unsaved).toHaveLength(0);
  });

  it("says so when the lease is gone", async () => {
    server.lostLeases.add(task.id);
    paintRow(3);
    await draft.flush().catch(() => undefined);
    expect(draft.state.get()).toBe("lease_lost");
  });
});
