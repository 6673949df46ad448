import { layerIdentity, type TileRef } from "@/canvas/MaskDocument";
import { deflate, fromBase64, inflate, toBase64 } from "@/lib/bytes/compress";

import type { TileChange } from "./types";

/** A tile as the API takes it: zero and one, zlib, base64; an empty tile is null. */
export async function packTile(ref: TileRef, bytes: Uint8Array | null): Promise<TileChange> {
  const { kind, defectType } = layerIdentity(ref.layerId);
  const place = { kind, defect_type: defectType, row: ref.row, col: ref.col };
  if (!bytes?.some((byte) => byte !== 0)) return { ...place, data: null };
  // A plain loop: callbacks a byte would take as long as the request itself.
  const ones = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) ones[i] = bytes[i] ? 1 : 0;
  return { ...place, data: toBase64(await deflate(ones)) };
}

export function unpackTile(data: string): Promise<Uint8Array<ArrayBuffer>> {
  return inflate(fromBase64(data));
}
