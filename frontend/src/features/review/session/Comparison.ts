import type { CanvasEngine } from "@/canvas/CanvasEngine";
import { layerId, MaskDocument } from "@/canvas/MaskDocument";
import { closePicture, type Picture } from "@/canvas/picture";
import { Store } from "@/lib/store";

import { fetchExplanation, fetchPicture, fetchRevision, fetchRevisions } from "../api/lookCalls";
import { unpackTile } from "../api/tilePacking";
import type { MaskRevision } from "../api/types";
import type { LoadedTask } from "./loadTask";

/** What masks are on the screen: the reviewer's own, the prediction, or an earlier revision by its id. */
export type Shown = "mine" | "prediction" | { revision: string };

export interface ComparisonState {
  shown: Shown;
  /** Earlier masks of this image, newest first; none in a blind second opinion. */
  revisions: MaskRevision[];
  /** The most similar normal image: not asked yet, on its way, there, or not to be had. */
  normal: "unknown" | "loading" | "ready" | "none";
  normalName: string;
}

const FRESH: ComparisonState = { shown: "mine", revisions: [], normal: "unknown", normalName: "" };
const BLINK_MS = 450;

/** Looking at something else in the place of one's own mask: A/B of masks, and blinking against a normal image. */
export class Comparison {
  readonly state = new Store<ComparisonState>(FRESH);
  private readonly documents = new Map<string, MaskDocument>();
  private loaded: LoadedTask | null = null;
  private engine: CanvasEngine | null = null;
  private normal: Picture | null = null;
  private blinking: ReturnType<typeof setInterval> | undefined;

  attach(engine: CanvasEngine | null): void {
    this.engine = engine;
    this.release();
  }

  setTask(loaded: LoadedTask | null): void {
    this.release();
    this.loaded = loaded;
    this.documents.clear();
    if (this.normal) closePicture(this.normal);
    this.normal = null;
    this.state.set(FRESH);
    // In a second opinion nobody sees what the first one drew.
    if (loaded?.task.round === 1) void this.findRevisions(loaded);
  }

  /** From one's own mask to the prediction, to the newest revision, to the one before, and back. */
  next(): void {
    const { shown, revisions } = this.state.get();
    const choices: Shown[] = ["mine"];
    if (this.loaded?.scoreMap) choices.push("prediction");
    choices.push(...revisions.map(({ id }) => ({ revision: id })));
    const at = choices.findIndex((choice) => keyOf(choice) === keyOf(shown));
    void this.show(choices[(at + 1) % choices.length]!);
  }

  async show(shown: Shown): Promise<void> {
    const { loaded } = this;
    if (!loaded) return;
    this.state.update({ shown });
    if (typeof shown === "string") {
      this.engine?.showInstead(null);
      return;
    }
    const document = await this.documentOf(loaded, shown.revision).catch(() => null);
    const isWanted = this.loaded === loaded && keyOf(this.state.get().shown) === keyOf(shown);
    if (!isWanted) return;
    if (document) this.engine?.showInstead(document);
    else void this.show("mine");
  }

  /** Back to one's own mask, as when something is painted. */
  showMine(): void {
    if (this.state.get().shown !== "mine") void this.show("mine");
  }

  /** Alternates between the image and the most similar normal one until `release`. */
  async blink(): Promise<void> {
    const { loaded } = this;
    if (!loaded || this.blinking !== undefined) return;
    let turns = 0;
    const turn = (): void => this.engine?.setBlink(turns++ % 2 === 0);
    this.blinking = setInterval(turn, BLINK_MS);
    if (this.state.get().normal === "ready") turn();
    else await this.findNormal(loaded);
  }

  release(): void {
    clearInterval(this.blinking);
    this.blinking = undefined;
    this.engine?.setBlink(false);
  }

  private async findRevisions(loaded: LoadedTask): Promise<void> {
    const revisions = await fetchRevisions(loaded.task.image.id).catch(() => []);
    if (this.loaded === loaded) this.state.update({ revisions });
  }

  private async findNormal(loaded: LoadedTask): Promise<void> {
    if (this.state.get().normal !== "unknown") return;
    this.state.update({ normal: "loading" });
    const { inspection } = loaded.task;
    const image = inspection && (await fetchExplanation(inspection.id).catch(() => null))?.nearest_normal;
    const picture = image ? await fetchPicture(image).catch(() => null) : null;
    if (this.loaded !== loaded) {
      if (picture) closePicture(picture);
      return;
    }
    this.normal = picture;
    this.engine?.setBlinkPicture(picture);
    this.state.update({ normal: picture ? "ready" : "none", normalName: image?.filename ?? "" });
  }

  private async documentOf(loaded: LoadedTask, revisionId: string): Promise<MaskDocument> {
    const known = this.documents.get(revisionId);
    if (known) return known;
    const { layers } = await fetchRevision(revisionId);
    const document = new MaskDocument(loaded.document.widthPx, loaded.document.heightPx);
    for (const layer of layers) {
      const id = layerId({ kind: layer.kind, defectType: layer.defect_type });
      for (const { row, col, data } of layer.tiles) {
        document.loadTile({ layerId: id, row, col }, await unpackTile(data));
      }
    }
    this.documents.set(revisionId, document);
    return document;
  }
}

/** A name for a choice, for lists and comparisons. */
export function keyOf(shown: Shown): string {
  return typeof shown === "string" ? shown : shown.revision;
}
