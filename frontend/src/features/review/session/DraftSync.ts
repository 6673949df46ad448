import type { DocumentChange, MaskDocument, TileRef } from "@/canvas/MaskDocument";
import { ApiError, isOffline } from "@/lib/api/problem";
import { Store } from "@/lib/store";

import { fetchDraft, saveDraft } from "../api/calls";
import { packTile } from "../api/tilePacking";
import type { ReviewDraft, ReviewTask, TileChange } from "../api/types";
import { applyMerge, compareDrafts, type DraftMerge } from "./DraftMerge";
import type { LocalDrafts } from "./LocalDrafts";
import type { MergeChoice, MergeTile } from "./mergeTiles";
import { packedTiles, placeDraft, refKey, type PackedTiles } from "./serverTiles";

/** Where the reviewer's drawing stands; `conflict` waits for a decision. */
export type SaveState = "saved" | "unsaved" | "saving" | "offline" | "conflict" | "lease_lost" | "failed";

const DEBOUNCE_MS = 500;
const RETRY_MS = 4000;

/**
 * Keeps one document and its draft on the server the same.
 *
 * Changed tiles are kept locally at once and sent, debounced, one request at a time, on top of the version last
 * seen. After a lost race, changes to different tiles are joined; where both sides changed a tile, saving stops
 * until `resolve` or `takeTheirs` is called, and nothing is overwritten meanwhile.
 */
export class DraftSync {
  readonly state = new Store<SaveState>("saved");
  private readonly task: ReviewTask;
  private readonly document: MaskDocument;
  private readonly local: LocalDrafts;
  private readonly unsubscribe: () => void;
  private pending = new Map<string, TileRef>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private saving: Promise<void> | null = null;
  private localWrites: Promise<void> = Promise.resolve();
  private currentVersion: number;
  /** What the server had at `currentVersion`: the common ground of a merge. */
  private base: PackedTiles;

  constructor(task: ReviewTask, document: MaskDocument, draft: ReviewDraft, local: LocalDrafts) {
    this.task = task;
    this.document = document;
    this.currentVersion = draft.version;
    this.base = packedTiles(draft);
    this.local = local;
    this.unsubscribe = document.subscribe((change) => this.onChange(change));
  }

  get version(): number {
    return this.currentVersion;
  }

  /** Stops following the document. Unsaved tiles stay in the local store. */
  stop(): void {
    clearTimeout(this.timer);
    this.unsubscribe();
  }

  /** Adds tiles that an earlier visit could not save; `oldBase`: they stand on an older draft than the server's. */
  addUnsaved(tiles: readonly TileRef[], oldBase: PackedTiles | null): void {
    for (const ref of tiles) this.pending.set(refKey(ref), ref);
    if (tiles.length === 0) return;
    if (oldBase) {
      this.base = oldBase;
      this.state.set("conflict");
    } else this.schedule();
  }

  /** Saves everything now. Throws what stopped it; on a conflict, an `ApiError` with status 412. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    while (this.pending.size > 0 || this.saving) await (this.saving ?? this.save());
    await this.localWrites;
  }

  /** Waits for a save under way and starts no other: the version holds still until the next stroke. */
  async settle(): Promise<void> {
    clearTimeout(this.timer);
    await this.saving?.catch(() => undefined);
    clearTimeout(this.timer);
    await this.localWrites;
  }

  /** After a conflict: what was changed here and elsewhere. */
  async compare(): Promise<DraftMerge> {
    const draft = await fetchDraft(this.task.id);
    return compareDrafts(this.document, [...this.pending.values()], this.base, draft);
  }

  /** After a conflict: saves what was decided on top of the server's draft. */
  async resolve(merge: DraftMerge, choiceOf: (tile: MergeTile) => MergeChoice): Promise<void> {
    await this.accept(merge, choiceOf);
    await this.flush();
  }

  /** After a conflict: the server's draft replaces the drawing. */
  async takeTheirs(): Promise<void> {
    const draft = await fetchDraft(this.task.id);
    this.pending.clear();
    this.document.reset();
    await placeDraft(this.document, draft, () => true);
    this.standOn(draft);
    await this.local.forget(this.task.id);
    this.state.set("saved");
  }

  /** After a lost race: goes on if no tile was changed on both sides; answers whether it was so. */
  private async join(): Promise<boolean> {
    try {
      const merge = await this.compare();
      if (merge.tiles.length > 0) return false;
      await this.accept(merge, () => "mine");
    } catch {
      return false;
    }
    this.schedule();
    return true;
  }

  private async accept(merge: DraftMerge, choiceOf: (tile: MergeTile) => MergeChoice): Promise<void> {
    await applyMerge(this.document, (ref) => this.pending.has(refKey(ref)), merge, choiceOf);
    this.standOn(merge.draft);
    this.keepLocally([...this.pending.values()]);
    this.state.set("unsaved");
  }

  private standOn(draft: ReviewDraft): void {
    this.currentVersion = draft.version;
    this.base = packedTiles(draft);
  }

  private onChange(change: DocumentChange): void {
    if (change.history === "none") return;
    for (const ref of change.tiles) this.pending.set(refKey(ref), ref);
    this.keepLocally(change.tiles);
    if (this.state.get() !== "conflict") this.schedule();
  }

  private keepLocally(tiles: readonly TileRef[]): void {
    const based = tiles.map((ref) => ({ ...ref, base: this.base.get(refKey(ref)) ?? null }));
    this.writeLocally(() => this.local.keep(this.task.id, this.currentVersion, this.document, based));
  }

  private schedule(): void {
    if (!this.saving) this.state.set("unsaved");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.saveQuietly(), DEBOUNCE_MS);
  }

  /** The timer's save: what goes wrong is shown by the state and tried again where that can help. */
  private async saveQuietly(): Promise<void> {
    if (this.saving) return;
    try {
      await this.save();
    } catch {
      if (this.state.get() !== "offline") return;
      this.timer = setTimeout(() => void this.saveQuietly(), RETRY_MS);
    }
  }

  private save(): Promise<void> {
    this.saving = this.sendPending().finally(() => {
      this.saving = null;
    });
    return this.saving;
  }

  private async sendPending(): Promise<void> {
    const sent = this.pending;
    if (sent.size === 0) return;
    this.pending = new Map();
    this.state.set("saving");
    try {
      const refs = [...sent.values()];
      const changes: TileChange[] = [];
      // One after the other: packing a large brush's tiles at once would hold up the next stroke.
      for (const ref of refs) changes.push(await packTile(ref, this.bytesOf(ref)));
      this.currentVersion = await saveDraft(this.task, this.currentVersion, changes);
      changes.forEach(({ data }, i) => this.base.set(refKey(refs[i]!), data ?? ""));
    } catch (error) {
      this.pending = new Map([...sent, ...this.pending]);
      this.state.set(stateAfter(error));
      if (this.state.get() === "conflict" && (await this.join())) return;
      throw error;
    }
    const saved = [...sent.values()].filter((ref) => !this.pending.has(refKey(ref)));
    this.writeLocally(() => this.local.markSaved(this.task.id, this.currentVersion, saved));
    if (this.pending.size > 0) this.schedule();
    else this.state.set("saved");
  }

  private bytesOf({ layerId: id, row, col }: TileRef): Uint8Array | null {
    return this.document.mask(id).tile(row, col)?.bytes ?? null;
  }

  /** Local writes happen in order; a full disk must not stop the drawing, the server still gets it. */
  private writeLocally(write: () => Promise<void>): void {
    this.localWrites = this.localWrites.then(write).catch((error: unknown) => {
      console.warn("The drawing could not be kept on this computer.", error);
    });
  }
}

function stateAfter(error: unknown): SaveState {
  if (isOffline(error)) return "offline";
  if (error instanceof ApiError && error.status === 412) return "conflict";
  if (error instanceof ApiError && error.code === "lease_lost") return "lease_lost";
  return "failed";
}
