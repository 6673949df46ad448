import { Store } from "@/lib/store";

import { undoReview } from "../api/calls";
import { lookFurther } from "../api/deskCalls";
import type { Review } from "../api/types";
import { LocalDrafts } from "./LocalDrafts";
import { unloadTask } from "./loadTask";
import { judgementAgain, judgementOf } from "./judgements";
import { LocalVerdicts } from "./LocalVerdicts";
import { messageOf } from "./messageOf";
import { Outbox, type Decision, type Judgement } from "./Outbox";
import { AT_FIRST, type QueueFilter, type Remark, type SessionState } from "./sessionState";
import { counted, uncounted } from "./tally";
import { TaskFlow } from "./TaskFlow";

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
  /** Tasks whose verdict is on its way. */
  private readonly judging = new Set<string>();
  private readonly flow: TaskFlow;
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
    this.flow = new TaskFlow(datasetId, this.state, local, this.judging);
  }

  start(): void {
    this.flow.start();
    void this.local.forgetOld().catch(() => undefined);
    void this.resend().then(() => this.flow.showFresh());
  }

  /** Gives the leases back; whatever was drawn is already kept. */
  stop(): void {
    this.outbox.stop();
    this.flow.stop();
  }

  /** Judges the image on the screen and shows the next one. */
  judge(decision: Omit<Decision, "remark">): void {
    const { phase, remark } = this.state.get();
    if (phase.kind !== "reviewing") return;
    const { loaded } = phase;
    const elapsedMs = Math.round(performance.now() - phase.startedAt);
    this.judging.add(loaded.task.id);
    const sent = this.outbox.add(judgementOf(loaded, { ...decision, remark }, elapsedMs));
    void this.flow.showNext(sent);
  }

  /** Lets this image go and shows whatever the server offers. */
  leave(): void {
    this.flow.leave();
  }

  /** Takes a verdict back; its image comes to the screen again. */
  async undo(review: Review): Promise<void> {
    const { task } = await undoReview(review.id);
    const { lastReview, tally } = this.state.get();
    this.state.update({
      lastReview: lastReview?.id === review.id ? null : lastReview,
      tally: uncounted(tally, review),
    });
    this.recount();
    await this.flow.restart({ task });
  }

  /** Shows only some of the queue from now on. */
  async setFilter(filter: QueueFilter): Promise<void> {
    this.state.update({ filter });
    await this.flow.restart({});
  }

  remark(change: Partial<Remark>): void {
    this.state.update({ remark: { ...this.state.get().remark, ...change } });
  }

  /** Counts verdicts that were given together, outside of the outbox. */
  countTogether(reviews: readonly Review[]): void {
    this.state.update({ tally: reviews.reduce(counted, this.state.get().tally) });
    // What was loaded ahead may be among them.
    this.flow.refill();
    this.recount();
  }

  /** Something was said of the queue: asks how long it is now. */
  recount(): void {
    this.flow.waiting.soon();
  }

  /** The model has learnt: see `TaskFlow.refresh`. */
  refresh(keepsImage: boolean): Promise<void> {
    return this.flow.refresh(keepsImage);
  }

  /** Asks the server again, after an empty queue or a failure. */
  showFresh(): Promise<void> {
    return this.flow.showFresh();
  }

  /** Brings what passes into an empty queue, most suspicious first; answers how many images came. */
  async lookFurther(): Promise<number> {
    const found = await lookFurther(this.datasetId);
    if (found > 0) await this.flow.showFresh();
    return found;
  }

  dismissRefusal(): void {
    this.state.update({ refusal: null });
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
    this.flow.waiting.change(review.late ? 0 : -1);
  }

  private onRefused({ task, loaded }: Judgement, error: unknown): void {
    this.judging.delete(task.id);
    this.recount();
    const refusal = { filename: task.image.filename, message: messageOf(error) };
    if (loaded) this.flow.bringBack(loaded);
    this.state.update({ refusal });
  }
}
