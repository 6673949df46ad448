import { Store } from "@/lib/store";

import { fetchTask, leaseTask, releaseTask, undoReview, type Which } from "../api/calls";
import { fetchWaiting, lookFurther } from "../api/deskCalls";
import type { Review } from "../api/types";
import { Ahead } from "./Ahead";
import { Heartbeat } from "./Heartbeat";
import { LocalDrafts } from "./LocalDrafts";
import { loadTask, unloadTask, type LoadedTask } from "./loadTask";
import { judgementAgain, judgementOf } from "./judgements";
import { LocalVerdicts } from "./LocalVerdicts";
import { messageOf } from "./messageOf";
import { Outbox, type Decision, type Judgement } from "./Outbox";
import { Pictures } from "./Pictures";
import { QueueCount } from "./QueueCount";
import { rescored } from "./rescore";
import { AT_FIRST, NO_REMARK, type QueueFilter, type Remark, type SessionState } from "./sessionState";
import { counted, uncounted } from "./tally";

/**
 * One reviewer's way through the queue of one dataset: lease, look, judge, next.
 *
 * The next tasks are leased and decoded while the present one is on the screen. A verdict leaves the screen at once
 * and is sent behind it; what the server refuses comes back to the screen.
 */
export class ReviewSession {
  readonly state = new Store<SessionState>(AT_FIRST);
  private readonly datasetId: string;
  private readonly local: LocalDrafts;
  private readonly verdicts: LocalVerdicts;
  private readonly outbox: Outbox;
  private readonly ahead = new Ahead({
    load: (but) => this.leaseAndLoad({ but }),
    putBack: (loaded) => this.putBack(loaded),
    busy: () => this.busyTasks(),
    nextIs: (next) => this.state.update({ next }),
  });
  private readonly pictures = new Pictures();
  /** Tasks whose verdict is on its way. */
  private readonly judging = new Set<string>();
  private readonly waiting = new QueueCount({
    ask: () => fetchWaiting(this.datasetId),
    isJudging: () => this.judging.size > 0,
    show: (queueLength) => {
      this.state.update({ queueLength });
      // There may be more to load ahead than when it was asked for last.
      if (queueLength > 1 + this.ahead.loaded.length) void this.ahead.fill();
    },
  });
  private readonly heartbeat = new Heartbeat({
    held: () => ({ shown: this.shown?.task ?? null, ahead: this.ahead.loaded.map(({ task }) => task) }),
    lost: (task) => {
      if (this.shown?.task.id === task.id) this.state.update({ leaseLost: true });
    },
    beat: () => this.waiting.soon(),
  });
  private refreshed: Promise<void> = Promise.resolve();
  private stopped = false;
  private resent = 0;

  constructor(datasetId: string, local = new LocalDrafts(), verdicts = new LocalVerdicts()) {
    this.datasetId = datasetId;
    this.local = local;
    this.verdicts = verdicts;
    const events = {
      accepted: (judgement: Judgement, review: Review) => this.onAccepted(judgement, review),
      refused: (judgement: Judgement, error: unknown) => this.onRefused(judgement, error),
      progress: (sending: number, offline: boolean) => this.state.update({ sending, offline }),
    };
    this.outbox = new Outbox(datasetId, events, verdicts);
  }

  start(): void {
    this.stopped = false;
    this.heartbeat.start();
    void this.local.forgetOld().catch(() => undefined);
    void this.resend().then(() => this.showFresh());
  }

  /** Gives the leases back; whatever was drawn is already kept. */
  stop(): void {
    this.stopped = true;
    this.heartbeat.stop();
    this.waiting.stop();
    this.outbox.stop();
    if (this.shown) void this.putBack(this.shown);
    void this.ahead.drop().then(() => this.pictures.clear());
  }

  /** Judges the image on the screen and shows the next one. */
  judge(decision: Omit<Decision, "remark">): void {
    const { phase, remark } = this.state.get();
    if (phase.kind !== "reviewing") return;
    const { loaded } = phase;
    const elapsedMs = Math.round(performance.now() - phase.startedAt);
    this.judging.add(loaded.task.id);
    const sent = this.outbox.add(judgementOf(loaded, { ...decision, remark }, elapsedMs));
    // Asked for earlier, the server could offer again what was just judged.
    void this.showNext(sent);
  }

  /** Lets this image go and shows whatever the server offers. */
  leave(): void {
    const given = this.shown ? this.putBack(this.shown) : Promise.resolve();
    void this.showNext(given);
  }

  /** Takes a verdict back; its image comes to the screen again. */
  async undo(review: Review): Promise<void> {
    const { task } = await undoReview(review.id);
    const { lastReview, tally } = this.state.get();
    this.state.update({
      lastReview: lastReview?.id === review.id ? null : lastReview,
      tally: uncounted(tally, review),
    });
    this.waiting.soon();
    await this.restart({ task });
  }

  /** Shows only some of the queue from now on. */
  async setFilter(filter: QueueFilter): Promise<void> {
    this.state.update({ filter });
    await this.restart({});
  }

  remark(change: Partial<Remark>): void {
    this.state.update({ remark: { ...this.state.get().remark, ...change } });
  }

  /** Counts verdicts that were given together, outside of the outbox. */
  countTogether(reviews: readonly Review[]): void {
    this.state.update({ tally: reviews.reduce(counted, this.state.get().tally) });
    // What was loaded ahead may be among them.
    void this.ahead.drop().then(() => this.ahead.fill());
    this.waiting.soon();
  }

  /** Something was said of the queue: asks how long it is now. */
  recount(): void {
    this.waiting.soon();
  }

  /**
   * Looks again at the queue and at the image on the screen, because the model has learnt.
   *
   * @param keepsImage - whether the image must stay as it is, since it is being drawn on.
   */
  refresh(keepsImage: boolean): Promise<void> {
    // One after the other: of two at once the later answer would find the image replaced, and be lost.
    const look = (): Promise<void> => this.lookAgain(keepsImage);
    this.refreshed = this.refreshed.then(look, look);
    return this.refreshed;
  }

  private async lookAgain(keepsImage: boolean): Promise<void> {
    const { phase } = this.state.get();
    if (phase.kind !== "reviewing") return;
    void this.ahead.drop().then(() => this.ahead.fill());
    const { task } = phase.loaded;
    const now = await this.waiting.during(
      () => fetchTask(task.id),
      ({ queue_length }) => queue_length,
    );
    const fresh = keepsImage ? null : await rescored(phase.loaded, now);
    if (fresh && this.shown === phase.loaded) this.state.update({ phase: { ...phase, loaded: fresh } });
  }

  /** Asks the server again, after an empty queue or a failure. */
  async showFresh(): Promise<void> {
    this.state.update({ phase: { kind: "loading" } });
    await this.show(this.leaseAndLoad(), Promise.resolve());
  }

  /** Brings what passes into an empty queue, most suspicious first; answers how many images came. */
  async lookFurther(): Promise<number> {
    const found = await lookFurther(this.datasetId);
    if (found > 0) await this.showFresh();
    return found;
  }

  dismissRefusal(): void {
    this.state.update({ refusal: null });
  }

  /** Lets go of everything in hand and shows one task, or the best one. */
  private async restart(which: Which): Promise<void> {
    const { shown } = this;
    this.state.update({ phase: { kind: "loading" } });
    if (shown) await this.putBack(shown);
    await this.ahead.drop();
    await this.show(this.leaseAndLoad(which), Promise.resolve());
  }

  private async showNext(previousSent: Promise<void>): Promise<void> {
    const next = this.ahead.take();
    if (next?.loaded) {
      this.enter(next.loaded);
      void previousSent.then(() => this.ahead.fill());
      return;
    }
    this.state.update({ phase: { kind: "loading" } });
    // Nothing may have been behind the last image when it was asked for; by now there may be.
    const fresh = async (): Promise<LoadedTask | null> => {
      await Promise.all([previousSent, this.ahead.settled()]);
      return this.leaseAndLoad();
    };
    await this.show(next ? next.loading.then((loaded) => loaded ?? fresh(), fresh) : fresh(), previousSent);
  }

  private async show(coming: Promise<LoadedTask | null>, previousSent: Promise<void>): Promise<void> {
    try {
      const loaded = await coming;
      if (this.stopped) {
        if (loaded) void this.putBack(loaded);
        return;
      }
      this.enter(loaded);
      if (loaded) void previousSent.then(() => this.ahead.fill());
    } catch (error) {
      if (!this.stopped) this.state.update({ phase: { kind: "failed", message: messageOf(error) } });
    }
  }

  private enter(loaded: LoadedTask | null): void {
    this.state.update({
      leaseLost: false,
      remark: NO_REMARK,
      next: this.ahead.next,
      ...(loaded
        ? { phase: { kind: "reviewing", loaded, startedAt: performance.now() } }
        : { phase: { kind: "empty" } }),
    });
    if (!loaded) this.waiting.soon();
  }

  private busyTasks(): string[] | null {
    if (this.stopped || !this.shown) return null;
    return [this.shown.task.id, ...this.judging];
  }

  private async leaseAndLoad(which: Which = {}): Promise<LoadedTask | null> {
    // A task that is asked for by name comes whatever the filter says.
    const filter = which.task ? {} : this.state.get().filter;
    const task = await this.waiting.during(
      () => leaseTask(this.datasetId, { ...filter, ...which }),
      (leased) => leased?.queue_length ?? null,
    );
    return task && loadTask(task, this.local, (image) => this.pictures.open(image));
  }

  /** Sends what an earlier visit could not; a task of it that is still leased must not be offered before. */
  private async resend(): Promise<void> {
    const left = await this.verdicts.left(this.datasetId).catch(() => []);
    await Promise.all(left.map((kept) => this.outbox.add(judgementAgain(kept, this.local))));
    this.state.update({ resent: this.resent });
  }

  private onAccepted({ task, loaded }: Judgement, review: Review): void {
    if (loaded) unloadTask(loaded);
    else this.resent++;
    this.judging.delete(task.id);
    void this.local.forget(task.id).catch(() => undefined);
    this.state.update({ lastReview: review, tally: counted(this.state.get().tally, review) });
    this.waiting.change(review.late ? 0 : -1);
  }

  private onRefused({ task, loaded }: Judgement, error: unknown): void {
    this.judging.delete(task.id);
    this.waiting.soon();
    const refusal = { filename: task.image.filename, message: messageOf(error) };
    if (loaded) this.bringBack(loaded);
    this.state.update({ refusal });
  }

  private bringBack(loaded: LoadedTask): void {
    const { shown } = this;
    // The image that a refusal pushes off the screen comes right after it.
    if (shown && shown !== loaded) this.ahead.putFirst(shown);
    this.enter(loaded);
  }

  private putBack(loaded: LoadedTask): Promise<void> {
    const release = (): Promise<void> => releaseTask(loaded.task);
    return loaded.draft
      .flush()
      .then(release, release)
      .catch(() => undefined)
      .finally(() => unloadTask(loaded, (picture) => this.pictures.letGo(loaded.task.image, picture)));
  }

  /** The task on the screen. */
  private get shown(): LoadedTask | null {
    const { phase } = this.state.get();
    return phase.kind === "reviewing" ? phase.loaded : null;
  }
}
