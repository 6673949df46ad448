import { isOffline } from "@/lib/api/problem";

import { sendVerdict } from "../api/calls";
import type { Review, ReviewTask, Verdict } from "../api/types";
import { holdWhile, type KeptVerdict, type LocalVerdicts } from "./LocalVerdicts";
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
export interface Judgement {
  key: string;
  task: ReviewTask;
  decision: Decision;
  elapsedMs: number;
  /** The image as it was on the screen; null: it was judged in an earlier visit. */
  loaded: LoadedTask | null;
  /** Brings the mask to the server as far as the verdict needs it; resolves to the draft's version. */
  prepare: () => Promise<number>;
}

export interface OutboxEvents {
  accepted: (judgement: Judgement, review: Review) => void;
  refused: (judgement: Judgement, error: unknown) => void;
  progress: (sending: number, offline: boolean) => void;
}

const RETRY_MS = 3000;

/**
 * Sends verdicts one after another, waiting out a lost connection. Repeats carry the same idempotency key.
 *
 * What is not confirmed yet is kept on this computer, for a later visit after a crash.
 */
export class Outbox {
  private readonly dataset: string;
  private readonly events: OutboxEvents;
  private readonly kept: LocalVerdicts;
  private readonly stopping = new AbortController();
  private tail: Promise<void> = Promise.resolve();
  private waiting = 0;

  constructor(dataset: string, events: OutboxEvents, kept: LocalVerdicts) {
    this.dataset = dataset;
    this.events = events;
    this.kept = kept;
  }

  /** Resolves when the server took or refused the verdict. */
  add(judgement: Judgement): Promise<void> {
    this.waiting++;
    this.events.progress(this.waiting, false);
    const keeping = judgement.loaded ? this.keep(judgement, null) : Promise.resolve();
    this.tail = this.tail.then(() => keeping).then(() => this.deliver(judgement));
    holdWhile(judgement.key, this.tail);
    return this.tail;
  }

  /** Ends the waiting for a connection. What was not sent stays kept. */
  stop(): void {
    this.stopping.abort();
  }

  private async deliver(judgement: Judgement): Promise<void> {
    for (;;) {
      try {
        const review = await this.send(judgement);
        this.settle(judgement);
        this.events.accepted(judgement, review);
        return;
      } catch (error) {
        if (!isOffline(error)) {
          this.settle(judgement);
          this.events.refused(judgement, error);
          return;
        }
        if (this.stopping.signal.aborted) return;
        this.events.progress(this.waiting, true);
        await this.pause();
      }
    }
  }

  private async send(judgement: Judgement): Promise<Review> {
    const { key, task, decision, elapsedMs, prepare } = judgement;
    const version = await prepare();
    // A repeat must say the very same, or the server takes it for another verdict.
    await this.keep(judgement, version);
    const { verdict, pixelThreshold, defectType, remark } = decision;
    return sendVerdict(task.id, key, {
      verdict,
      lease_token: task.lease.token,
      draft_version: version,
      pixel_threshold: pixelThreshold,
      defect_type: defectType,
      ...remark,
      elapsed_ms: elapsedMs,
    });
  }

  private settle({ key }: Judgement): void {
    this.waiting--;
    this.events.progress(this.waiting, false);
    void this.kept.forget(key).catch(() => undefined);
  }

  private keep({ key, task, decision, elapsedMs }: Judgement, draftVersion: number | null): Promise<void> {
    const kept: KeptVerdict = { key, dataset: this.dataset, task, decision, elapsedMs, draftVersion };
    // A full disk must not hold a verdict up.
    return this.kept.keep(kept).catch((error: unknown) => {
      console.warn("The verdict could not be kept on this computer.", error);
    });
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

/** Corrections and defects without a prediction take the drawn mask. */
export function takesDrawing(verdict: Verdict): boolean {
  return verdict === "corrected" || verdict === "defective";
}
