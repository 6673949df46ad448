import type { Store } from "@/lib/store";

import { fetchTask, leaseTask, releaseTask, type Which } from "../api/calls";
import { fetchWaiting } from "../api/deskCalls";
import { Ahead } from "./Ahead";
import { Heartbeat } from "./Heartbeat";
import type { LocalDrafts } from "./LocalDrafts";
import { loadTask, unloadTask, type LoadedTask } from "./loadTask";
import { messageOf } from "./messageOf";
import { Pictures } from "./Pictures";
import { QueueCount } from "./QueueCount";
import { rescored } from "./rescore";
import { NO_REMARK, type SessionState } from "./sessionState";

/**
 * Which task is on the screen, and which come after it: leased, decoded, kept alive, and given back.
 *
 * Writes `phase`, `next`, `queueLength` and `leaseLost` of the session's state.
 */
export class TaskFlow {
  private readonly datasetId: string;
  private readonly state: Store<SessionState>;
  private readonly local: LocalDrafts;
  private readonly judging: ReadonlySet<string>;
  private readonly ahead = new Ahead({
    load: (but) => this.leaseAndLoad({ but }),
    putBack: (loaded) => this.putBack(loaded),
    busy: () => this.busyTasks(),
    nextIs: (next) => this.state.update({ next }),
  });
  private readonly pictures = new Pictures();
  /** How many tasks wait. */
  readonly waiting = new QueueCount({
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

  /**
   * @param judging - ids of tasks whose verdict is on its way: the server must not offer them again.
   */
  constructor(
    datasetId: string,
    state: Store<SessionState>,
    local: LocalDrafts,
    judging: ReadonlySet<string>,
  ) {
    this.datasetId = datasetId;
    this.state = state;
    this.local = local;
    this.judging = judging;
  }

  start(): void {
    this.stopped = false;
    this.heartbeat.start();
  }

  /** Gives the leases back; whatever was drawn is already kept. */
  stop(): void {
    this.stopped = true;
    this.heartbeat.stop();
    this.waiting.stop();
    if (this.shown) void this.putBack(this.shown);
    void this.ahead.drop().then(() => this.pictures.clear());
  }

  /** Lets this image go and shows whatever the server offers. */
  leave(): void {
    const given = this.shown ? this.putBack(this.shown) : Promise.resolve();
    void this.showNext(given);
  }

  /** Lets go of what was loaded ahead, which may have changed, and loads it again. */
  refill(): void {
    void this.ahead.drop().then(() => this.ahead.fill());
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

  /** Asks the server again, after an empty queue or a failure. */
  async showFresh(): Promise<void> {
    this.state.update({ phase: { kind: "loading" } });
    await this.show(this.leaseAndLoad(), Promise.resolve());
  }

  /** Lets go of everything in hand and shows one task, or the best one. */
  async restart(which: Which): Promise<void> {
    const { shown } = this;
    this.state.update({ phase: { kind: "loading" } });
    if (shown) await this.putBack(shown);
    await this.ahead.drop();
    await this.show(this.leaseAndLoad(which), Promise.resolve());
  }

  /**
   * Shows the task that comes next.
   *
   * @param previousSent - resolves when the server knows of the last verdict: asked earlier, it could offer again
   *   what was just judged.
   */
  async showNext(previousSent: Promise<void>): Promise<void> {
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

  /** Puts a task on the screen that left it; the one that it pushes off comes right after it. */
  bringBack(loaded: LoadedTask): void {
    const { shown } = this;
    if (shown && shown !== loaded) this.ahead.putFirst(shown);
    this.enter(loaded);
  }

  private async lookAgain(keepsImage: boolean): Promise<void> {
    const { phase } = this.state.get();
    if (phase.kind !== "reviewing") return;
    this.refill();
    const { task } = phase.loaded;
    const now = await this.waiting.during(
      () => fetchTask(task.id),
      ({ queue_length }) => queue_length,
    );
    const fresh = keepsImage ? null : await rescored(phase.loaded, now);
    if (fresh && this.shown === phase.loaded) this.state.update({ phase: { ...phase, loaded: fresh } });
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
