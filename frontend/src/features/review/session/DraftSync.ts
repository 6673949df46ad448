import { layerId, type DocumentChange, type MaskDocument, type TileRef } from "@/canvas/MaskDocument";
import { ApiError, isOffline } from "@/lib/api/problem";
import { Store } from "@/lib/store";

import { fetchDraft, saveDraft } from "../api/calls";
import { packTile, unpackTile } from "../api/tilePacking";
import type { ReviewDraft, ReviewTask } from "../api/types";
import type { LocalDrafts } from "./LocalDrafts";

/** Where the reviewer's drawing stands; `conflict` waits for a decision. */
export type SaveState = "saved" | "unsaved" | "saving" | "offline" | "conflict" | "lease_lost" | "failed";

const DEBOUNCE_MS = 500;
const RETRY_MS = 4000;

/**
 * Keeps one document and its draft on the server the same.
 *
 * Changed tiles are kept locally at once and sent, debounced, one request at a time, on top of the version last
 * seen. A lost race stops saving until `keepMine` or `takeTheirs` is called; nothing is overwritten meanwhile.
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

  constructor(task: ReviewTask, document: MaskDocument, version: number, local: LocalDrafts) {
    this.task = task;
    this.document = document;
    this.currentVersion = version;
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

  /** Adds tiles that an earlier visit could not save. */
  addUnsaved(tiles: readonly TileRef[], isConflict: boolean): void {
    for (const ref of tiles) this.pending.set(refKey(ref), ref);
    if (tiles.length === 0) return;
    if (isConflict) this.state.set("conflict");
    else this.schedule();
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
  }

  /** After a conflict: my tiles on top of the server's present draft. */
  async keepMine(): Promise<void> {
    const draft = await fetchDraft(this.task.id);
    const mine = new Set(this.pending.keys());
    await placeDraft(this.document, draft, (ref) => !mine.has(refKey(ref)));
    // Undo steps flip pixels: they no longer fit where the other person painted.
    this.document.restoreHistory([], 0);
    this.currentVersion = draft.version;
    this.state.set("unsaved");
    await this.flush();
  }

  /** After a conflict: the server's draft replaces the drawing. */
  async takeTheirs(): Promise<void> {
    const draft = await fetchDraft(this.task.id);
    this.pending.clear();
    this.document.reset();
    await placeDraft(this.document, draft, () => true);
    this.currentVersion = draft.version;
    await this.local.forget(this.task.id);
    this.state.set("saved");
  }

  private onChange(change: DocumentChange): void {
    if (change.history === "none") return;
    for (const ref of change.tiles) this.pending.set(refKey(ref), ref);
    this.writeLocally(() => this.local.keep(this.task.id, this.currentVersion, this.document, change.tiles));
    if (this.state.get() !== "conflict") this.schedule();
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
      const changes = [...sent.values()].map((ref) => packTile(ref, this.bytesOf(ref)));
      this.currentVersion = await saveDraft(this.task, this.currentVersion, await Promise.all(changes));
    } catch (error) {
      this.pending = new Map([...sent, ...this.pending]);
      this.state.set(stateAfter(error));
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

/** Puts the tiles of a server draft into a document. */
export async function placeDraft(
  document: MaskDocument,
  draft: ReviewDraft,
  wants: (ref: TileRef) => boolean,
): Promise<void> {
  for (const layer of draft.layers) {
    const id = layerId({ kind: layer.kind, defectType: layer.defect_type });
    document.mask(id);
    for (const { row, col, data } of layer.tiles) {
      const ref = { layerId: id, row, col };
      if (wants(ref)) document.loadTile(ref, await unpackTile(data));
    }
  }
}

function refKey({ layerId: id, row, col }: TileRef): string {
  return `${id}|${row}|${col}`;
}

function stateAfter(error: unknown): SaveState {
  if (isOffline(error)) return "offline";
  if (error instanceof ApiError && error.status === 412) return "conflict";
  if (error instanceof ApiError && error.code === "lease_lost") return "lease_lost";
  return "failed";
}
