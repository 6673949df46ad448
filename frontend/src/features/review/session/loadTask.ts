import { MaskDocument, type TileRef } from "@/canvas/MaskDocument";
import { closePicture, type Picture } from "@/canvas/picture";
import type { ScoreMap } from "@/canvas/geometry/scoreMap";
import { TILE_PX } from "@/canvas/geometry/tiles";
import { toggleRuns, type Runs } from "@/canvas/geometry/runs";

import { fetchDraft, fetchScoreMap } from "../api/calls";
import { fetchPicture } from "../api/lookCalls";
import type { ReviewDraft, ReviewTask } from "../api/types";
import { DraftSync } from "./DraftSync";
import type { LocalDraft, LocalDrafts } from "./LocalDrafts";
import { sameTile } from "./mergeTiles";
import { packedTiles, placeDraft, refKey, type PackedTiles } from "./serverTiles";

/** A leased task with everything the workspace needs, decoded and ready. */
export interface LoadedTask {
  task: ReviewTask;
  picture: Picture;
  scoreMap: ScoreMap | null;
  document: MaskDocument;
  draft: DraftSync;
}

/**
 * Fetches picture, score map and draft side by side, then puts back what was not saved last time.
 *
 * @param openPicture - where the picture comes from.
 */
export async function loadTask(
  task: ReviewTask,
  local: LocalDrafts,
  openPicture: (image: ReviewTask["image"]) => Promise<Picture> = fetchPicture,
): Promise<LoadedTask> {
  const map = task.inspection?.map;
  const [picture, scoreMap, drawn] = await Promise.all([
    openPicture(task.image),
    map ? fetchScoreMap(map) : null,
    loadDraft(task, local),
  ]);
  return { task, picture, scoreMap, ...drawn };
}

/** The drawing alone, without anything to look at. */
export async function loadDraft(
  task: ReviewTask,
  local: LocalDrafts,
): Promise<Pick<LoadedTask, "document" | "draft">> {
  const [saved, kept] = await Promise.all([fetchDraft(task.id), local.read(task.id)]);
  const document = new MaskDocument(task.image.width_px, task.image.height_px);
  await placeDraft(document, saved, () => true);
  const unsaved = kept ? restore(document, kept, saved.version) : [];
  const draft = new DraftSync(task, document, saved, local);
  draft.addUnsaved(unsaved, kept && kept.version !== saved.version ? oldBase(saved, kept) : null);
  return { document, draft };
}

/** Frees what the browser does not free by itself soon enough. */
export function unloadTask(loaded: LoadedTask, free: (picture: Picture) => void = closePicture): void {
  loaded.draft.stop();
  free(loaded.picture);
}

/** Puts unsaved tiles back; answers those that differ from the server's draft. */
function restore(document: MaskDocument, kept: LocalDraft, version: number): TileRef[] {
  const unsaved: TileRef[] = [];
  for (const { runs, layerId, row, col } of kept.unsaved) {
    const ref = { layerId, row, col };
    const bytes = tileOf(runs);
    if (sameTile(bytes, document.mask(ref.layerId).tile(ref.row, ref.col)?.bytes)) continue;
    document.loadTile(ref, bytes);
    unsaved.push(ref);
  }
  // Undo steps flip pixels: they only fit the very state that they were made on.
  if (kept.version === version) document.restoreHistory(kept.steps, kept.position);
  return unsaved;
}

function tileOf(runs: Runs): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(TILE_PX * TILE_PX);
  toggleRuns(bytes, runs);
  return bytes;
}

/** The common ground of unsaved tiles and a newer draft: what the server had when they were painted. */
function oldBase(saved: ReviewDraft, kept: LocalDraft): PackedTiles {
  const base = packedTiles(saved);
  for (const tile of kept.unsaved) base.set(refKey(tile), tile.base ?? "");
  return base;
}
