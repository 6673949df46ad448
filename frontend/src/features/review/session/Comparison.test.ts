import { beforeEach, describe, expect, it, vi } from "vitest";

import type { CanvasEngine } from "@/canvas/CanvasEngine";
import { MaskDocument } from "@/canvas/MaskDocument";
import { eventually } from "@/testing/eventually";
import { mockTask, pretendToDecode } from "@/testing/mockTasks";

import { packTile } from "../api/tilePacking";
import type { ReviewTask } from "../api/types";
import { Comparison } from "./Comparison";
import { DraftSync } from "./DraftSync";
import type { LoadedTask } from "./loadTask";
import { LocalDrafts } from "./LocalDrafts";

const SCRATCH = { layerId: "defect:scratch", row: 0, col: 0 };

function makeLoaded(round: number): LoadedTask {
  const { task, mapValues } = mockTask("a");
  const leased = { ...task, round } as ReviewTask;
  const document = new MaskDocument(64, 48);
  return {
    task: leased,
    picture: { kind: "bitmap", isGrey: true, bitmap: pretendToDecode() },
    scoreMap: { values: mapValues!, width: 4, height: 4, scale: 0.001 },
    document,
    draft: new DraftSync(leased, document, { version: 0, layers: [] }, new LocalDrafts(crypto.randomUUID())),
  };
}

describe("Comparison", () => {
  const showInstead = vi.fn();
  const setBlink = vi.fn();
  const setBlinkPicture = vi.fn();
  const asked: string[] = [];
  let comparison: Comparison;

  beforeEach(async () => {
    for (const mock of [showInstead, setBlink, setBlinkPicture]) mock.mockClear();
    asked.length = 0;
    const tile = await packTile(SCRATCH, new Uint8Array(512 * 512).fill(1, 0, 9));
    const image = {
      id: "n",
      filename: "normal.png",
      content_url: "http://localhost/n/",
      bit_depth: 8,
      channels: 1,
    };
    const answers: Record<string, unknown> = {
      "/api/v1/annotations/": { results: [{ id: "r1", number: 1, author: null }] },
      "/api/v1/annotations/r1/": { layers: [{ kind: "defect", defect_type: "scratch", tiles: [tile] }] },
      "/api/v1/inspections/inspection-a/explanation/": { neighbours: [], nearest_normal: image },
      "/n/": {},
    };
    vi.stubGlobal("fetch", (input: Request | string) => {
      const path = new URL(new Request(input).url).pathname;
      asked.push(path);
      return Promise.resolve(Response.json(answers[path]));
    });
    vi.stubGlobal("createImageBitmap", () => Promise.resolve(pretendToDecode()));
    comparison = new Comparison();
    comparison.attach({ showInstead, setBlink, setBlinkPicture } as unknown as CanvasEngine);
    return () => comparison.setTask(null);
  });

  it("goes from my mask to the prediction, to an earlier revision, and back", async () => {
    comparison.setTask(makeLoaded(1));
    await eventually(() => expect(comparison.state.get().revisions).toHaveLength(1));
    comparison.next();
    expect(comparison.state.get().shown).toBe("prediction");
    comparison.next();
    await eventually(() => expect(showInstead.mock.lastCall?.[0]).toBeInstanceOf(MaskDocument));
    expect((showInstead.mock.lastCall![0] as MaskDocument).mask("defect:scratch").area()).toBe(9);
    comparison.next();
    expect(comparison.state.get().shown).toBe("mine");
    expect(showInstead).toHaveBeenLastCalledWith(null);
  });

  it("shows nothing of the first opinion in the second", async () => {
    comparison.setTask(makeLoaded(2));
    await Promise.resolve();
    expect(asked).toEqual([]);
  });

  it("blinks against the most similar normal image, which is fetched once, until it is released", async () => {
    comparison.setTask(makeLoaded(1));
    await comparison.blink();
    expect(comparison.state.get()).toMatchObject({ normal: "ready", normalName: "normal.png" });
    await eventually(() => expect(setBlink).toHaveBeenCalledWith(true));
    comparison.release();
    expect(setBlink).toHaveBeenLastCalledWith(false);
    await comparison.blink();
    comparison.release();
    expect(asked.filter((path) => path.endsWith("explanation/"))).toHaveLength(1);
  });
});
