import { layerId, type MaskDocument, type TileRef } from "@/canvas/MaskDocument";
import { SET, TILE_PX } from "@/canvas/geometry/tiles";

import { unpackTile } from "../api/tilePacking";
import type { ReviewDraft } from "../api/types";

/** Tiles as the server has them, packed, by `refKey`; a missing one is empty. */
export type PackedTiles = Map<string, string>;

export function refKey({ layerId: id, row, col }: TileRef): string {
  return `${id}|${row}|${col}`;
}

export function packedTiles(draft: ReviewDraft): PackedTiles {
  const packed: PackedTiles = new Map();
  for (const { ref, data } of tilesOf(draft)) packed.set(refKey(ref), data);
  return packed;
}

/** Puts the tiles of a server draft into a document. */
export async function placeDraft(
  document: MaskDocument,
  draft: ReviewDraft,
  wants: (ref: TileRef) => boolean,
): Promise<void> {
  for (const { kind, defect_type } of draft.layers) document.mask(layerId({ kind, defectType: defect_type }));
  for (const { ref, data } of tilesOf(draft)) {
    const bytes = await unpackTile(data);
    // Asked after the wait: what was painted meanwhile must not be overwritten.
    if (wants(ref)) document.loadTile(ref, bytes);
  }
}

/** The bytes (0 or `SET`) of a packed tile; an empty tile for none. */
export async function tileBytes(packed: string | null | undefined): Promise<Uint8Array<ArrayBuffer>> {
  if (!packed) return new Uint8Array(TILE_PX * TILE_PX);
  const bytes = await unpackTile(packed);
  for (let i = 0; i < bytes.length; i++) if (bytes[i]) bytes[i] = SET;
  return bytes;
}

function tilesOf(draft: ReviewDraft): { ref: TileRef; data: string }[] {
  return draft.layers.flatMap(({ kind, defect_type, tiles }) => {
    const id = layerId({ kind, defectType: defect_type });
    return tiles.map(({ row, col, data }) => ({ ref: { layerId: id, row, col }, data }));
  });
}
