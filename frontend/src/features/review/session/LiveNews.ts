import { chosenTeamId } from "@/lib/data/team";
import type { Band } from "@/lib/data/types";
import { followEvents, type LiveEvent } from "@/lib/live/stream";
import { Store } from "@/lib/store";

import type { Review } from "../api/types";

/** What a verdict of this visit changed in the model; a large one changes it in several steps. */
export interface Change {
  review: Review;
  /** The bank's revisions that it made. */
  revisions: readonly string[];
  imagesChanged: number;
  leftReview: number;
  enteredReview: number;
  /** A curator must decide first, because a confirmed defect would drop a band. */
  held: boolean;
}

/** What a verdict makes of its own image, told before the rest of the queue follows. */
export interface Preview {
  review: Review;
  before: number;
  after: number;
  band: Band;
}

export interface News {
  changes: readonly Change[];
  /** Verdicts that the model has not answered yet. */
  learning: number;
  preview: Preview | null;
  /** Images that were rescored so far while the model learns. */
  rescored: number;
}

const NO_CHANGE = { revisions: [], imagesChanged: 0, leftReview: 0, enteredReview: 0, held: false };
const SHOWN = 20;
// Changes come in slices; the queue is asked for again once they have come.
const SETTLE_MS = 600;
const PATIENCE_MS = 45_000;

/** Hears what the model makes of this person's verdicts, and when the queue has moved under them. */
export class LiveNews {
  readonly state = new Store<News>({ changes: [], learning: 0, preview: null, rescored: 0 });
  private readonly datasetId: string;
  private readonly onMoved: () => void;
  private readonly onCount: () => void;
  /** Verdicts of this visit by image. */
  private readonly mine = new Map<string, Review>();
  private readonly waiting = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopFollowing: (() => void) | undefined;

  /**
   * @param onMoved - the model has learnt: scores and order are others.
   * @param onCount - another number of images may wait.
   */
  constructor(datasetId: string, onMoved: () => void, onCount: () => void) {
    this.datasetId = datasetId;
    this.onMoved = onMoved;
    this.onCount = onCount;
  }

  start(teamId = chosenTeamId()): void {
    if (teamId) this.stopFollowing = followEvents(teamId, (event) => this.hear(event));
  }

  stop(): void {
    this.stopFollowing?.();
    clearTimeout(this.timer);
  }

  /** Remembers a verdict, so that what follows from it is known as this person's doing. */
  expect(review: Review, learnsLive: boolean): void {
    if (review.late || review.verdict === "skip") return;
    this.mine.set(review.image.id, review);
    if (learnsLive && teaches(review)) this.wait(review.image.id);
  }

  /** A verdict was taken back: what it caused is no news any more. */
  forget(review: Review): void {
    this.mine.delete(review.image.id);
    const changes = this.state.get().changes.filter((change) => change.review.id !== review.id);
    this.state.update({ changes });
    this.settle(review.image.id);
  }

  /** Public for the tests, which have no stream. */
  hear({ name, data }: LiveEvent): void {
    if (data["dataset"] !== this.datasetId) return;
    if (name === "review") this.onCount();
    if (name === "review" && data["what"] === "bank_revision") this.hearRevision(data);
    if (name === "review" && data["what"] === "live_preview") this.hearPreview(data);
    if (name === "inspection") this.hearSlice(Number(data["count"] ?? 0));
  }

  private hearPreview(data: LiveEvent["data"]): void {
    const review = this.mine.get(String(data["image"]));
    if (!review) return;
    const band = data["band_after"] as Band;
    const preview = {
      review,
      before: Number(data["score_before"]),
      after: Number(data["score_after"]),
      band,
    };
    this.state.update({ preview });
  }

  private hearSlice(count: number): void {
    if (this.waiting.size > 0) this.state.update({ rescored: this.state.get().rescored + count });
    this.moveSoon();
  }

  private hearRevision(data: LiveEvent["data"]): void {
    const image = String(data["image"]);
    const review = this.mine.get(image);
    this.settle(image);
    if (!data["held"]) this.moveSoon();
    if (review) this.add(review, data);
  }

  private add(review: Review, data: LiveEvent["data"]): void {
    const { changes } = this.state.get();
    const before = changes.find((each) => each.review.id === review.id) ?? { ...NO_CHANGE, review };
    const revision = String(data["bank_revision"]);
    if (before.revisions.includes(revision)) return;
    const change: Change = {
      review,
      revisions: [...before.revisions, revision],
      imagesChanged: Math.max(before.imagesChanged, numberOf(data["images_changed"])),
      leftReview: before.leftReview + numberOf(data["left_review"]),
      enteredReview: before.enteredReview + numberOf(data["entered_review"]),
      held: Boolean(data["held"]),
    };
    const others = changes.filter((each) => each !== before);
    this.state.update({ changes: [change, ...others].slice(0, SHOWN) });
  }

  private wait(image: string): void {
    this.waiting.add(image);
    // The model may find that it knows all this already, and then says nothing.
    setTimeout(() => this.settle(image), PATIENCE_MS);
    this.state.update({ learning: this.waiting.size });
  }

  private settle(image: string): void {
    this.waiting.delete(image);
    const { preview, rescored } = this.state.get();
    this.state.update({
      learning: this.waiting.size,
      preview: preview?.review.image.id === image ? null : preview,
      rescored: this.waiting.size > 0 ? rescored : 0,
    });
  }

  private moveSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.onMoved, SETTLE_MS);
  }
}

function numberOf(value: unknown): number {
  return Number(value ?? 0);
}

/** Whether an image enters or leaves what the model knows as normal; held-out images never do. */
function teaches({ verdict, image, label_before }: Review): boolean {
  return image.split === "train" && (verdict === "normal") !== (label_before === "normal");
}
