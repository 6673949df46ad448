import { ApiError, isOffline } from "@/lib/api/problem";
import { Store } from "@/lib/store";

import { leaseTask, releaseTask, sendHeartbeat, undoReview } from "../api/calls";
import type { Review } from "../api/types";
import { LocalDrafts } from "./LocalDrafts";
import { loadTask, unloadTask, type LoadedTask } from "./loadTask";
import { Outbox, type Decision, type Judgement } from "./Outbox";

export type Phase =
  | { kind: "loading" }
  | { kind: "empty" }
  | { kind: "failed"; message: string }
  | { kind: "reviewing"; loaded: LoadedTask; startedAt: number };

export interface SessionState {
  phase: Phase;
  /** Tasks still waiting, as the server last said. */
  queueLength: number | null;
  /** Verdicts of this visit that the server has taken. */
  judged: number;
  lastReview: Review | null;
  leaseLost: boolean;
  /** Verdicts on their way. */
  sending: number;
  /** True while the server cannot be reached. */
  offline: boolean;
  /** A verdict that the server refused, shown once. */
  refusal: { filename: string; message: string } | null;
}

const HEARTBEAT_MS = 30_000;

/**
 * One reviewer's way through the queue of one dataset: lease, look, judge, next.
 *
 * The next task is leased and decoded while the present one is on the screen. A verdict leaves the screen at once
 * and is sent behind it; what the server refuses comes back to the screen.
 */
export class ReviewSession {
  readonly state = new Store<SessionState>({
    phase: { kind: "loading" },
    queueLength: null,
    judged: 0,
    lastReview: null,
    leaseLost: false,
    sending: 0,
    offline: false,
    refusal: null,
  });
  private readonly datasetId: string;
  private readonly local: LocalDrafts;
  private readonly outbox: Outbox;
  /** The task behind the one on the screen, leased and perhaps still loading. */
  private next: Promise<LoadedTask | null> | null = null;
  /** The same, once it is loaded: then a verdict shows it without waiting for anything. */
  private nextLoaded: LoadedTask | null = null;
  private heartbeat: ReturnType<typeof setInterval> | undefined;
  private stopped = false;

  constructor(datasetId: string, local = new LocalDrafts()) {
    this.datasetId = datasetId;
    this.local = local;
    this.outbox = new Outbox({
      accepted: (judgement, review) => this.onAccepted(judgement, review),
      refused: (judgement, error) => this.onRefused(judgement, error),
      progress: (sending, offline) => this.state.update({ sending, offline }),
    });
  }

  start(): void {
    this.stopped = false;
    this.heartbeat = setInterval(() => void this.beat(), HEARTBEAT_MS);
    void this.local.forgetOld().catch(() => undefined);
    void this.showFresh();
  }

  /** Gives the leases back; whatever was drawn is already kept. */
  stop(): void {
    this.stopped = true;
    clearInterval(this.heartbeat);
    this.outbox.stop();
    const { phase } = this.state.get();
    if (phase.kind === "reviewing") this.putBack(phase.loaded);
    this.dropNext();
  }

  /** Judges the image on the screen and shows the next one. */
  judge(decision: Decision): void {
    const { phase } = this.state.get();
    if (phase.kind !== "reviewing") return;
    const elapsedMs = Math.round(performance.now() - phase.startedAt);
    const sent = this.outbox.add({ ...decision, loaded: phase.loaded, elapsedMs, key: crypto.randomUUID() });
    // Asked for earlier, the server could offer again what was just judged.
    void this.showNext(sent);
  }

  /** Lets this image go and shows whatever the server offers. */
  leave(): void {
    const { phase } = this.state.get();
    if (phase.kind === "reviewing") this.putBack(phase.loaded);
    void this.showNext(Promise.resolve());
  }

  /** Takes the last verdict back; its image comes to the screen again. */
  async undoLast(): Promise<void> {
    const { lastReview, phase } = this.state.get();
    if (!lastReview) return;
    const { task } = await undoReview(lastReview.id);
    this.state.update({ lastReview: null, judged: Math.max(0, this.state.get().judged - 1) });
    if (phase.kind === "reviewing") this.putBack(phase.loaded);
    this.dropNext();
    this.state.update({ phase: { kind: "loading" } });
    await this.show(this.leaseAndLoad({ task }), Promise.resolve());
  }

  /** Asks the server again, after an empty queue or a failure. */
  async showFresh(): Promise<void> {
    this.state.update({ phase: { kind: "loading" } });
    await this.show(this.leaseAndLoad(), Promise.resolve());
  }

  dismissRefusal(): void {
    this.state.update({ refusal: null });
  }

  private async showNext(previousSent: Promise<void>): Promise<void> {
    const { next, nextLoaded } = this;
    this.next = null;
    this.nextLoaded = null;
    if (nextLoaded) {
      this.enter(nextLoaded);
      void previousSent.then(() => this.prefetch(nextLoaded));
      return;
    }
    this.state.update({ phase: { kind: "loading" } });
    // Nothing may have been behind the last image when it was asked for; by now there may be.
    const fresh = (): Promise<LoadedTask | null> => previousSent.then(() => this.leaseAndLoad());
    await this.show(next ? next.then((loaded) => loaded ?? fresh(), fresh) : fresh(), previousSent);
  }

  private async show(coming: Promise<LoadedTask | null>, previousSent: Promise<void>): Promise<void> {
    try {
      const loaded = await coming;
      if (this.stopped) {
        if (loaded) this.putBack(loaded);
        return;
      }
      this.enter(loaded);
      if (loaded) void previousSent.then(() => this.prefetch(loaded));
    } catch (error) {
      if (!this.stopped) this.state.update({ phase: { kind: "failed", message: messageOf(error) } });
    }
  }

  private enter(loaded: LoadedTask | null): void {
    this.state.update({
      leaseLost: false,
      ...(loaded
        ? {
            phase: { kind: "reviewing", loaded, startedAt: performance.now() },
            queueLength: loaded.task.queue_length,
          }
        : { phase: { kind: "empty" }, queueLength: 0 }),
    });
  }

  /** Leases and loads the task behind `shown`, unless the reviewer has moved on meanwhile. */
  private prefetch(shown: LoadedTask): void {
    if (this.stopped || this.next || !this.isOnScreen(shown)) return;
    this.setNext(this.leaseAndLoad({ after: shown.task.id }));
  }

  private setNext(next: Promise<LoadedTask | null>): void {
    this.next = next;
    next.then(
      (loaded) => {
        if (this.next === next) this.nextLoaded = loaded;
      },
      () => {
        // Shown only if the reviewer gets there: then it is asked for again.
        if (this.next === next) this.next = null;
      },
    );
  }

  private dropNext(): void {
    void this.next?.then((loaded) => loaded && this.putBack(loaded)).catch(() => undefined);
    this.next = null;
    this.nextLoaded = null;
  }

  private async leaseAndLoad(which: { after?: string; task?: string } = {}): Promise<LoadedTask | null> {
    const task = await leaseTask(this.datasetId, which);
    return task && loadTask(task, this.local);
  }

  private async beat(): Promise<void> {
    const { phase } = this.state.get();
    if (phase.kind !== "reviewing") return;
    const next = await this.next?.catch(() => null);
    if (next) sendHeartbeat(next.task).catch(() => undefined);
    try {
      await sendHeartbeat(phase.loaded.task);
    } catch (error) {
      const lost = error instanceof ApiError && error.code === "lease_lost";
      if (lost && this.isOnScreen(phase.loaded)) this.state.update({ leaseLost: true });
    }
  }

  private onAccepted({ loaded }: Judgement, review: Review): void {
    unloadTask(loaded);
    void this.local.forget(loaded.task.id).catch(() => undefined);
    this.state.update({ lastReview: review, judged: this.state.get().judged + 1 });
  }

  private onRefused({ loaded }: Judgement, error: unknown): void {
    const { phase } = this.state.get();
    if (phase.kind === "reviewing" && phase.loaded !== loaded) this.keepAsNext(phase.loaded);
    this.enter(loaded);
    this.state.update({ refusal: { filename: loaded.task.image.filename, message: messageOf(error) } });
  }

  /** The image that a refusal pushes off the screen comes right after it. */
  private keepAsNext(loaded: LoadedTask): void {
    this.dropNext();
    this.setNext(Promise.resolve(loaded));
    this.nextLoaded = loaded;
  }

  private putBack(loaded: LoadedTask): void {
    const release = (): Promise<void> => releaseTask(loaded.task);
    loaded.draft
      .flush()
      .then(release, release)
      .catch(() => undefined)
      .finally(() => unloadTask(loaded));
  }

  private isOnScreen(loaded: LoadedTask): boolean {
    const { phase } = this.state.get();
    return phase.kind === "reviewing" && phase.loaded === loaded;
  }
}

export function messageOf(error: unknown): string {
  if (isOffline(error)) return "The server cannot be reached.";
  return error instanceof Error ? error.message : String(error);
}
