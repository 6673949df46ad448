import type { TileRef } from "@/canvas/MaskDocument";
import type { PixelRect } from "@/canvas/geometry/rect";
import { unite } from "@/canvas/geometry/rect";
import { SET, TILE_PX } from "@/canvas/geometry/tiles";

/** A tile that was changed here and elsewhere since both had the same. Bytes are 0 or `SET`. */
export interface MergeTile {
  ref: TileRef;
  base: Uint8Array<ArrayBuffer>;
  mine: Uint8Array<ArrayBuffer>;
  theirs: Uint8Array<ArrayBuffer>;
}

export type MergeChoice = "both" | "mine" | "theirs";

/** The tile that a choice makes. */
export function chosenBytes(tile: MergeTile, choice: MergeChoice): Uint8Array<ArrayBuffer> {
  if (choice === "both") return mergedBytes(tile);
  return choice === "mine" ? tile.mine : tile.theirs;
}

/**
 * Both changes in one tile. A pixel has two values, so where both changed it they agree: pixels never conflict,
 * only what people meant by them can.
 */
export function mergedBytes({ base, mine, theirs }: MergeTile): Uint8Array<ArrayBuffer> {
  const merged = theirs.slice();
  for (let i = 0; i < merged.length; i++) if (mine[i] !== base[i]) merged[i] = mine[i]!;
  return merged;
}

/** Whether two tiles have the same pixels; null is an empty tile. */
export function sameTile(a: Uint8Array | null | undefined, b: Uint8Array | null | undefined): boolean {
  const [some, other] = a ? [a, b] : [b, a];
  if (!some) return true;
  if (!other) return !some.includes(SET);
  for (let i = 0; i < some.length; i++) if (some[i] !== other[i]) return false;
  return true;
}

/** The box (tile coordinates) of all pixels that either side changed. */
export function changedBox({ base, mine, theirs }: MergeTile): PixelRect {
  let box: PixelRect | null = null;
  for (let i = 0; i < base.length; i++) {
    if (mine[i] === base[i] && theirs[i] === base[i]) continue;
    const x = i % TILE_PX;
    const y = Math.floor(i / TILE_PX);
    box = unite(box, { x0: x, y0: y, x1: x + 1, y1: y + 1 });
  }
  return box ?? { x0: 0, y0: 0, x1: TILE_PX, y1: TILE_PX };
}
