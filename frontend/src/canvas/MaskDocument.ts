import { TILE_PX, markDirty, TileMask, type MaskTile } from "./geometry/tiles";
import { differenceRuns, toggleRuns, type Runs } from "./geometry/runs";
import type { SpanSink } from "./geometry/rect";

export type LayerKind = "defect" | "ignore" | "normal";

/** What a layer means: one per defect type, one `ignore`, one `normal` region. */
export interface LayerIdentity {
  kind: LayerKind;
  defectType: string | null;
}

/** Which tile of which layer changed. */
export interface TileRef {
  layerId: string;
  row: number;
  col: number;
}

/** One undo step: toggling the runs undoes it, toggling them again redoes it. */
export interface StrokeDelta {
  layerId: string;
  tiles: { row: number; col: number; runs: Runs }[];
}

/** What happened to the document; `history` tells how the undo list moved. */
export interface DocumentChange {
  tiles: TileRef[];
  history: "append" | "move" | "none";
}

const HISTORY_LIMIT = 400;

export function layerId({ kind, defectType }: LayerIdentity): string {
  return defectType === null ? kind : `${kind}:${defectType}`;
}

export function layerIdentity(id: string): LayerIdentity {
  const [kind, defectType] = id.split(":");
  return { kind: kind as LayerKind, defectType: defectType ?? null };
}

/**
 * The masks of one image and how they came about. Knows no React and no GPU.
 *
 * A gesture is one `Stroke`; committed, it is one undo step kept as the pixels it flipped, so that memory
 * depends on what was painted last, not on how much was painted.
 */
export class MaskDocument {
  readonly widthPx: number;
  readonly heightPx: number;
  private readonly masks = new Map<string, TileMask>();
  private readonly listeners = new Set<(change: DocumentChange) => void>();
  private steps: StrokeDelta[] = [];
  private position = 0;

  constructor(widthPx: number, heightPx: number) {
    this.widthPx = widthPx;
    this.heightPx = heightPx;
  }

  get layers(): ReadonlyMap<string, TileMask> {
    return this.masks;
  }

  get canUndo(): boolean {
    return this.position > 0;
  }

  get canRedo(): boolean {
    return this.position < this.steps.length;
  }

  /** The undo list and the place in it, for whoever keeps it across a reload. */
  get history(): { steps: readonly StrokeDelta[]; position: number } {
    return { steps: this.steps, position: this.position };
  }

  mask(id: string): TileMask {
    let mask = this.masks.get(id);
    if (!mask) {
      mask = new TileMask(this.widthPx, this.heightPx);
      this.masks.set(id, mask);
    }
    return mask;
  }

  isEmpty(): boolean {
    return [...this.masks.values()].every((mask) => mask.isEmpty());
  }

  /** Whether any defect layer has a pixel. */
  hasDefect(): boolean {
    return [...this.masks].some(([id, mask]) => layerIdentity(id).kind === "defect" && !mask.isEmpty());
  }

  subscribe(listener: (change: DocumentChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  beginStroke(id: string): Stroke {
    return new Stroke(this.mask(id), (tiles) => this.append({ layerId: id, tiles }));
  }

  /** Paints everything a producer emits as one undo step. */
  paint(id: string, value: 0 | 1, produce: (emit: SpanSink) => void): void {
    const stroke = this.beginStroke(id);
    produce((y, x0, x1) => stroke.span(y, x0, x1, value));
    stroke.commit();
  }

  /** Makes a layer exactly what a producer emits, as one undo step. */
  replace(id: string, produce: (emit: SpanSink) => void): void {
    const stroke = this.beginStroke(id);
    for (const tile of this.mask(id).tiles()) {
      const x0 = tile.col * TILE_PX;
      for (let ty = 0; ty < TILE_PX; ty++) stroke.span(tile.row * TILE_PX + ty, x0, x0 + TILE_PX, 0);
    }
    produce((y, x0, x1) => stroke.span(y, x0, x1, 1));
    stroke.commit();
  }

  undo(): void {
    if (!this.canUndo) return;
    this.position--;
    this.toggle(this.steps[this.position]!);
  }

  redo(): void {
    if (!this.canRedo) return;
    this.position++;
    this.toggle(this.steps[this.position - 1]!);
  }

  /** Puts a tile in place outside the undo list, as when a saved draft is loaded. */
  loadTile(ref: TileRef, bytes: Uint8Array | null): void {
    this.mask(ref.layerId).setTile(ref.row, ref.col, bytes);
    this.emit({ tiles: [ref], history: "none" });
  }

  /** Clears all masks and the undo list, as when the server's draft replaces them. */
  reset(): void {
    for (const mask of this.masks.values()) {
      for (const tile of mask.tiles()) mask.setTile(tile.row, tile.col, null);
    }
    this.restoreHistory([], 0);
  }

  restoreHistory(steps: StrokeDelta[], position: number): void {
    this.steps = steps;
    this.position = Math.min(position, steps.length);
    this.emit({ tiles: [], history: "none" });
  }

  private append(delta: StrokeDelta): void {
    if (delta.tiles.length === 0) return;
    this.steps = [...this.steps.slice(0, this.position), delta].slice(-HISTORY_LIMIT);
    this.position = this.steps.length;
    this.emit({ tiles: refsOf(delta), history: "append" });
  }

  private toggle(delta: StrokeDelta): void {
    const mask = this.mask(delta.layerId);
    for (const { row, col, runs } of delta.tiles) {
      const tile = mask.ensureTile(row, col);
      toggleRuns(tile.bytes, runs);
      const last = runs.length - 2;
      const y1 = Math.ceil((runs[last]! + runs[last + 1]!) / TILE_PX);
      markDirty(tile, 0, Math.floor(runs[0]! / TILE_PX), TILE_PX, y1);
    }
    this.emit({ tiles: refsOf(delta), history: "move" });
  }

  private emit(change: DocumentChange): void {
    for (const listener of this.listeners) listener(change);
  }
}

/** A tile as it was before a stroke, and the rows that the stroke reached. */
interface TouchedTile {
  /** Null: there was no tile, and so nothing. */
  bytes: Uint8Array<ArrayBuffer> | null;
  top: number;
  bottom: number;
}

/** A gesture in progress: pixels change at once, the undo step is made at the end. */
export class Stroke {
  private readonly touched = new Map<MaskTile, TouchedTile>();
  private readonly mask: TileMask;
  private readonly finish: (tiles: StrokeDelta["tiles"]) => void;
  /** Of the span being painted, in its tiles. */
  private row = 0;

  constructor(mask: TileMask, finish: (tiles: StrokeDelta["tiles"]) => void) {
    this.mask = mask;
    this.finish = finish;
  }

  span(y: number, x0: number, x1: number, value: 0 | 1): void {
    this.row = y % TILE_PX;
    this.mask.fillSpan(y, x0, x1, value, this.touch);
  }

  commit(): void {
    const tiles: StrokeDelta["tiles"] = [];
    for (const [tile, { bytes, top, bottom }] of this.touched) {
      const runs = differenceRuns(bytes, tile.bytes, top * TILE_PX, (bottom + 1) * TILE_PX);
      if (runs.length > 0) tiles.push({ row: tile.row, col: tile.col, runs });
    }
    this.touched.clear();
    this.finish(tiles);
  }

  cancel(): void {
    for (const [tile, { bytes }] of this.touched) this.mask.setTile(tile.row, tile.col, bytes);
    this.touched.clear();
  }

  private readonly touch = (tile: MaskTile, isNew: boolean): void => {
    const { row } = this;
    const seen = this.touched.get(tile);
    if (!seen) {
      this.touched.set(tile, { bytes: isNew ? null : tile.bytes.slice(), top: row, bottom: row });
      return;
    }
    if (row < seen.top) seen.top = row;
    if (row > seen.bottom) seen.bottom = row;
  };
}

function refsOf(delta: StrokeDelta): TileRef[] {
  return delta.tiles.map(({ row, col }) => ({ layerId: delta.layerId, row, col }));
}
