import { isOffline } from "@/lib/api/problem";

import { sendVerdict } from "../api/calls";
import type { Review, Verdict } from "../api/types";
import type { LoadedTask } from "./loadTask";

/** What the reviewer decided about the image on the screen. */
export interface Decision {
  verdict: Verdict;
  pixelThreshold: number | null;
  /** Where an accepted prediction goes; null: the dataset's first defect type. */
  defectType: string | null;
  /** Why, in a word that many verdicts share, and in words of its own. */
  remark: { reason: string; comment: string };
}

/** A verdict on its way to the server. */
export interface Judgement extends Decision {
  loaded: LoadedTask;
  elapsedMs: number;
  key: string;
}

export interface OutboxEvents {
  accepted: (judgement: Judgement, review: Review) => void;
  refused: (judgement: Judgement, error: unknown) => void;
  progress: (sending: number, offline: boolean) => void;
}

const RETRY_MS = 3000;

/** Sends verdicts one after another, waiting out a lost connection. Repeats carry the same idempotency key. */
export class Outbox {
  private readonly events: OutboxEvents;
  private readonly stopping = new AbortController();
  private tail: Promise<void> = Promise.resolve();
  private waiting = 0;

  constructor(events: OutboxEvents) {
    this.events = events;
  }

  /** Resolves when the server took or refused the verdict. */
  add(judgement: Judgement): Promise<void> {
    this.waiting++;
    this.events.progress(this.waiting, false);
    this.tail = this.tail.then(() => this.deliver(judgement));
    return this.tail;
  }

  stop(): void {
    this.stopping.abort();
  }

  private async deliver(judgement: Judgement): Promise<void> {
    for (;;) {
      try {
        const review = await send(judgement);
        this.waiting--;
        this.events.progress(this.waiting, false);
        this.events.accepted(judgement, review);
        return;
      } catch (error) {
        if (isOffline(error) && !this.stopping.signal.aborted) {
          this.events.progress(this.waiting, true);
          await this.pause();
          continue;
        }
        this.waiting--;
        this.events.progress(this.waiting, false);
        this.events.refused(judgement, error);
        return;
      }
    }
  }

  /** Waits for the connection, or a few seconds: the browser's own notion of "online" is often wrong. */
  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, RETRY_MS);
      function done(): void {
        clearTimeout(timer);
        globalThis.removeEventListener("online", done);
        resolve();
      }
      globalThis.addEventListener("online", done);
    });
  }
}

async function send({ loaded, elapsedMs, key, ...decision }: Judgement): Promise<Review> {
  const { task, draft } = loaded;
  const submitsMask = decision.verdict === "corrected" || decision.verdict === "defective";
  // Other verdicts need no mask, but the draft must hold still while they are given.
  await (submitsMask ? draft.flush() : draft.settle());
  return sendVerdict(task.id, key, {
    verdict: decision.verdict,
    lease_token: task.lease.token,
    draft_version: draft.version,
    pixel_threshold: decision.pixelThreshold,
    defect_type: decision.defectType,
    ...decision.remark,
    elapsed_ms: elapsedMs,
  });
}
