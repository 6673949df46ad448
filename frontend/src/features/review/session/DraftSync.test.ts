import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { layerId, MaskDocument } from "@/canvas/MaskDocument";
import { MockReviewServer } from "@/testing/mockReviewServer";
import { mockTask } from "@/testing/mockTasks";

import { packTile, unpackTile } from "../api/tilePacking";
import type { ReviewTask } from "../api/types";
import { DraftSync } from "./DraftSync";
import { LocalDrafts } from "./LocalDrafts";

const SCRATCH = layerId({ kind: "defect", defectType: "scratch" });
const PLACE = { layerId: SCRATCH, row: 0, col: 0 };

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
    draft = new DraftSync(task, document, 0, local);
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

  it("stops at a lost race, and overwrites nothing", async () => {
    server.changeElsewhere(task.id, await packTile(PLACE, null));
    paintRow(3);
    await expect(draft.flush()).rejects.toMatchObject({ status: 412 });
    expect(draft.state.get()).toBe("conflict");
    expect(server.drafts.get(task.id)!.version).toBe(1);
  });

  it("puts my tiles on top when I keep mine, and keeps theirs elsewhere", async () => {
    const theirs = new Uint8Array(512 * 512);
    theirs[0] = 1;
    const pit = { layerId: layerId({ kind: "defect", defectType: "pit" }), row: 0, col: 0 };
    server.changeElsewhere(task.id, await packTile(pit, theirs));
    paintRow(3);
    await draft.flush().catch(() => undefined);
    await draft.keepMine();
    expect(draft.state.get()).toBe("saved");
    expect(document.mask(pit.layerId).area()).toBe(1);
    expect(server.drafts.get(task.id)!.tiles.size).toBe(2);
  });

  it("drops my strokes when I take theirs", async () => {
    server.changeElsewhere(task.id, await packTile(PLACE, null));
    paintRow(3);
    await draft.flush().catch(() => undefined);
    await draft.takeTheirs();
    expect(document.isEmpty()).toBe(true);
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
