import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { layerId } from "@/canvas/MaskDocument";
import { eventually } from "@/testing/eventually";
import { MockReviewServer } from "@/testing/mockReviewServer";
import { mockTask, pretendToDecode } from "@/testing/mockTasks";

import { packTile } from "../api/tilePacking";
import { LocalDrafts } from "./LocalDrafts";
import { LocalVerdicts } from "./LocalVerdicts";
import { ReviewSession } from "./ReviewSession";

const SCRATCH = layerId({ kind: "defect", defectType: "scratch" });
const DECISION = { pixelThreshold: 2, defectType: "scratch" };

describe("ReviewSession", () => {
  let server: MockReviewServer;
  let session: ReviewSession;
  let visit: () => ReviewSession;

  beforeEach(() => {
    server = new MockReviewServer([mockTask("a"), mockTask("b"), mockTask("c")]);
    vi.stubGlobal("fetch", server.handle);
    vi.stubGlobal("createImageBitmap", () => Promise.resolve(pretendToDecode()));
    const [drafts, verdicts] = [crypto.randomUUID(), crypto.randomUUID()];
    visit = () => new ReviewSession("dataset", new LocalDrafts(drafts), new LocalVerdicts(verdicts));
    session = visit();
    session.start();
  });
  afterEach(() => session.stop());

  const loaded = () => {
    const { phase } = session.state.get();
    if (phase.kind !== "reviewing") throw new Error(`The session is ${phase.kind}.`);
    return phase.loaded;
  };
  const shows = (name: string): Promise<void> =>
    eventually(() => expect(loaded().task.image.filename).toBe(`${name}.png`));
  const prefetched = (name: string): Promise<void> =>
    eventually(() => expect(server.seen.some(({ path }) => path.includes(`task-${name}/draft`))).toBe(true));

  it("shows the prefetched image in the same moment as the verdict", async () => {
    await shows("a");
    await prefetched("b");
    await eventually(() => {
      session.judge({ verdict: "normal", ...DECISION });
      expect(loaded().task.image.filename).toBe("b.png");
    });
    await eventually(() => expect(server.verdicts).toHaveLength(1));
  });

  it("judges each task once and ends at the empty queue", async () => {
    for (const name of ["a", "b", "c"]) {
      await shows(name);
      session.judge({ verdict: "defective", ...DECISION });
    }
    await eventually(() => expect(session.state.get().phase.kind).toBe("empty"));
    expect(server.verdicts.map(({ task }) => task)).toEqual(["task-a", "task-b", "task-c"]);
    expect(session.state.get().tally.judged).toBe(3);
  });

  it("saves the mask before it submits it, and names its version", async () => {
    await shows("a");
    loaded().document.paint(SCRATCH, 1, (emit) => emit(2, 0, 5));
    session.judge({ verdict: "corrected", ...DECISION });
    await eventually(() => expect(server.verdicts[0]?.body.draft_version).toBe(1));
    expect(server.drafts.get("task-a")!.tiles.size).toBe(1);
  });

  it("brings the image back when the mask was changed elsewhere", async () => {
    await shows("a");
    server.changeElsewhere(
      "task-a",
      await packTile({ layerId: SCRATCH, row: 0, col: 0 }, new Uint8Array(512 * 512).fill(1, 20, 25)),
    );
    loaded().document.paint(SCRATCH, 1, (emit) => emit(2, 0, 5));
    session.judge({ verdict: "corrected", ...DECISION });
    await eventually(() => expect(session.state.get().refusal?.filename).toBe("a.png"));
    await shows("a");
    expect(loaded().draft.state.get()).toBe("conflict");
    expect(server.verdicts).toHaveLength(0);
  });

  it("takes the last of two looks at the queue that overlap", async () => {
    await shows("a");
    const { task } = loaded();
    const inspection = task.inspection!;
    const asked: ((answer: Response) => void)[] = [];
    vi.stubGlobal("fetch", (input: Request | string, init?: RequestInit) =>
      new Request(input, init).url.endsWith(`/review-tasks/${task.id}/`)
        ? new Promise<Response>((resolve) => asked.push(resolve))
        : server.handle(input, init),
    );
    const answer = (queue_length: number, t1: number): Response =>
      Response.json({ ...task, inspection, thresholds: { ...task.thresholds, t1 }, queue_length });
    const looks = [session.refresh(false), session.refresh(false)];
    await eventually(() => expect(asked.length).toBeGreaterThan(0));
    asked[0]!(answer(9, 1));
    await eventually(() => expect(asked).toHaveLength(2));
    asked[1]!(answer(4, 2));
    await Promise.all(looks);
    expect(session.state.get().queueLength).toBe(4);
  });

  it("waits out a lost connection and sends the verdict once", async () => {
    await shows("a");
    await prefetched("b");
    server.offline = true;
    session.judge({ verdict: "normal", ...DECISION });
    await eventually(() => expect(session.state.get().offline).toBe(true));
    server.offline = false;
    window.dispatchEvent(new Event("online"));
    await eventually(() => expect(server.verdicts).toHaveLength(1));
    expect(session.state.get().offline).toBe(false);
  });

  /** The browser dies without a connection; the next visit has one. */
  const crashAndComeBack = async (): Promise<void> => {
    await eventually(() => expect(session.state.get().offline).toBe(true));
    session.stop();
    server.offline = false;
    session = visit();
    session.start();
  };

  it("sends in the next visit what a crash held back, with the mask that belongs to it", async () => {
    await shows("a");
    loaded().document.paint(SCRATCH, 1, (emit) => emit(2, 0, 5));
    server.offline = true;
    session.judge({ verdict: "corrected", ...DECISION });
    await crashAndComeBack();
    await shows("b");
    expect(server.verdicts).toMatchObject([
      { task: "task-a", body: { verdict: "corrected", draft_version: 1 } },
    ]);
    expect(server.drafts.get("task-a")!.tiles.size).toBe(1);
    expect(session.state.get().resent).toBe(1);
    session.stop();
    session = visit();
    session.start();
    await shows("b");
    expect(server.verdicts).toHaveLength(1);
  });

  it("repeats the very same request when only the answer was lost", async () => {
    await shows("a");
    server.losesAnswers = true;
    session.judge({ verdict: "defective", ...DECISION });
    await eventually(() => expect(server.verdicts).toHaveLength(1));
    server.losesAnswers = false;
    server.offline = true;
    await crashAndComeBack();
    await eventually(() => expect(session.state.get().resent).toBe(1));
    const sent = server.seen.filter(({ path }) => path.endsWith("task-a/verdict/"));
    expect(sent).toHaveLength(2);
    expect(sent[1]!.body).toEqual(sent[0]!.body);
    expect(sent[1]!.headers.get("Idempotency-Key")).toBe(sent[0]!.headers.get("Idempotency-Key"));
  });

  it("says what the server did not take, and does not try that again", async () => {
    await shows("a");
    server.offline = true;
    session.judge({ verdict: "normal", ...DECISION });
    server.refusesVerdicts = true;
    await crashAndComeBack();
    await eventually(() => expect(session.state.get().refusal?.filename).toBe("a.png"));
    await shows("a");
    session.stop();
    session = visit();
    session.start();
    await shows("a");
    expect(session.state.get().refusal).toBeNull();
  });

  it("takes the last verdict back and shows that image again", async () => {
    await shows("a");
    session.judge({ verdict: "normal", ...DECISION });
    await eventually(() => expect(session.state.get().lastReview?.id).toBe("review-task-a"));
    await session.undo(session.state.get().lastReview!);
    await shows("a");
    expect(session.state.get().tally.judged).toBe(0);
  });

  it("hands tasks back when the page closes", async () => {
    await shows("a");
    session.stop();
    await eventually(() =>
      expect(server.seen.some(({ path }) => path.endsWith("task-a/release/"))).toBe(true),
    );
  });

  it("says what went wrong when the queue cannot be read", async () => {
    server.offline = true;
    await session.showFresh();
    expect(session.state.get().phase).toEqual({ kind: "failed", message: "The server cannot be reached." });
  });
});
