import type { MaskDocument, TileRef } from "@/canvas/MaskDocument";

import type { ReviewDraft } from "../api/types";
import { chosenBytes, sameTile, type MergeChoice, type MergeTile } from "./mergeTiles";
import { packedTiles, placeDraft, refKey, tileBytes, type PackedTiles } from "./serverTiles";

/** A lost race laid open: the server's draft, and the tiles that were changed on both sides. */
export interface DraftMerge {
  draft: ReviewDraft;
  /** Changed here and elsewhere; what only one side changed needs no decision. */
  tiles: MergeTile[];
}

/** Compares the tiles changed here with the server's draft; `base` is what both started from. */
export async function compareDrafts(
  document: MaskDocument,
  changed: readonly TileRef[],
  base: PackedTiles,
  draft: ReviewDraft,
): Promise<DraftMerge> {
  const theirs = packedTiles(draft);
  const tiles: MergeTile[] = [];
  for (const ref of changed) {
    const key = refKey(ref);
    const mine = document.mask(ref.layerId).tile(ref.row, ref.col)?.bytes.slice() ?? (await tileBytes(null));
    const tile = {
      ref,
      mine,
      base: await tileBytes(base.get(key)),
      theirs: await tileBytes(theirs.get(key)),
    };
    if (!sameTile(tile.base, tile.theirs) && !sameTile(tile.mine, tile.theirs)) tiles.push(tile);
  }
  return { draft, tiles };
}

/**
 * Brings the document to what was decided; `isMine`: the tile has changes that the server does not know.
 *
 * Undo steps flip pixels and no longer fit where the other side painted: the undo list starts again.
 */
export async function applyMerge(
  document: MaskDocument,
  isMine: (ref: TileRef) => boolean,
  merge: DraftMerge,
  choiceOf: (tile: MergeTile) => MergeChoice,
): Promise<void> {
  const theirs = packedTiles(merge.draft);
  await placeDraft(document, merge.draft, (ref) => !isMine(ref));
  for (const [id, mask] of document.layers) {
    for (const { row, col } of [...mask.tiles()]) {
      const ref = { layerId: id, row, col };
      if (!isMine(ref) && !theirs.has(refKey(ref))) document.loadTile(ref, null);
    }
  }
  for (const tile of merge.tiles) document.loadTile(tile.ref, chosenBytes(tile, choiceOf(tile)));
  document.restoreHistory([], 0);
}
