import type { SpanSink } from "./rect";
import { SET, TILE_PX } from "./tiles";

/**
 * Horizontal runs as `[y, x0, x1, y, x0, x1, …]`, `x1` exclusive: rows from top to bottom, in a row from left to
 * right. One flat array goes to a worker and back without a copy.
 */
export type SpanList = Int32Array<ArrayBuffer>;

/** The bytes of a tile with its place, as a worker receives them. */
export interface TileBytes {
  row: number;
  col: number;
  bytes: Uint8Array<ArrayBuffer>;
}

/** A growing `SpanList`. */
export class SpanCollector {
  private values: SpanList = new Int32Array(1536);
  private length = 0;

  readonly add: SpanSink = (y, x0, x1) => {
    if (this.length === this.values.length) {
      const longer = new Int32Array(this.length * 2);
      longer.set(this.values);
      this.values = longer;
    }
    this.values[this.length++] = y;
    this.values[this.length++] = x0;
    this.values[this.length++] = x1;
  };

  list(): SpanList {
    return this.values.slice(0, this.length);
  }
}

/** Collects what a producer emits; it must emit in order. */
export function listSpans(produce: (emit: SpanSink) => void): SpanList {
  const collector = new SpanCollector();
  produce(collector.add);
  return collector.list();
}

export function emitSpans(spans: SpanList, emit: SpanSink): void {
  for (let i = 0; i < spans.length; i += 3) emit(spans[i]!, spans[i + 1]!, spans[i + 2]!);
}

/** The spans for which `wants` answers true; it is asked with the span's number. */
export function selectSpans(spans: SpanList, wants: (number: number) => boolean): SpanList {
  return listSpans((emit) => {
    for (let i = 0; i < spans.length; i += 3) {
      if (wants(i / 3)) emit(spans[i]!, spans[i + 1]!, spans[i + 2]!);
    }
  });
}

/** The set pixels of a mask's tiles as spans; runs go on across neighbouring tiles. */
export function tileSpans(tiles: readonly TileBytes[]): SpanList {
  const byRow = new Map<number, TileBytes[]>();
  for (const tile of tiles) byRow.set(tile.row, [...(byRow.get(tile.row) ?? []), tile]);
  return listSpans((emit) => {
    for (const row of [...byRow.keys()].sort((a, b) => a - b)) {
      const across = byRow.get(row)!.sort((a, b) => a.col - b.col);
      for (let ty = 0; ty < TILE_PX; ty++) emitTileRow(across, row * TILE_PX + ty, ty * TILE_PX, emit);
    }
  });
}

function emitTileRow(across: readonly TileBytes[], y: number, offset: number, emit: SpanSink): void {
  let open = -1;
  let end = -1;
  for (const { col, bytes } of across) {
    const left = col * TILE_PX;
    const line = bytes.subarray(offset, offset + TILE_PX);
    for (let from = line.indexOf(SET); from >= 0;) {
      const zero = line.indexOf(0, from);
      const to = zero < 0 ? TILE_PX : zero;
      if (left + from !== end) {
        if (open >= 0) emit(y, open, end);
        open = left + from;
      }
      end = left + to;
      from = zero < 0 ? -1 : line.indexOf(SET, to);
    }
  }
  if (open >= 0) emit(y, open, end);
}
