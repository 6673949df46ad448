import { listSpans, type SpanList } from "./spans";

/** One value a pixel, row-major. */
export interface Plane {
  readonly values: Uint8Array | Uint16Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** The 8-connected pixels around (`x`, `y`) whose value differs from that pixel's by at most `tolerance`. */
export function floodSpans(plane: Plane, x: number, y: number, tolerance: number): SpanList {
  const { values, widthPx, heightPx } = plane;
  if (x < 0 || y < 0 || x >= widthPx || y >= heightPx) return new Int32Array();
  const seed = values[y * widthPx + x]!;
  const low = seed - tolerance;
  const high = seed + tolerance;
  const inside = (at: number): boolean => values[at]! >= low && values[at]! <= high;
  const seen = new Uint8Array(values.length);
  const bounds = fillRuns(plane, y * widthPx + x, seen, inside);
  return listSpans((emit) => {
    for (let row = bounds.top; row <= bounds.bottom; row++) {
      const line = seen.subarray(row * widthPx, (row + 1) * widthPx);
      for (let from = line.indexOf(1); from >= 0;) {
        const zero = line.indexOf(0, from);
        emit(row, from, zero < 0 ? widthPx : zero);
        from = zero < 0 ? -1 : line.indexOf(1, zero);
      }
    }
  });
}

/** Marks whole runs at a time; each leaves the starts of the runs above and below it to be done. */
function fillRuns(
  { widthPx, heightPx }: Plane,
  start: number,
  seen: Uint8Array,
  inside: (at: number) => boolean,
): { top: number; bottom: number } {
  const waiting = [start];
  const bounds = { top: heightPx, bottom: -1 };
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (seen[at]) continue;
    const row = Math.floor(at / widthPx);
    const left = row * widthPx;
    let from = at;
    let to = at + 1;
    while (from > left && inside(from - 1)) from--;
    while (to < left + widthPx && inside(to)) to++;
    seen.fill(1, from, to);
    bounds.top = Math.min(bounds.top, row);
    bounds.bottom = Math.max(bounds.bottom, row);
    const first = Math.max(left, from - 1);
    const last = Math.min(left + widthPx, to + 1);
    if (row > 0) leaveStarts(first - widthPx, last - widthPx, seen, inside, waiting);
    if (row < heightPx - 1) leaveStarts(first + widthPx, last + widthPx, seen, inside, waiting);
  }
  return bounds;
}

function leaveStarts(
  from: number,
  to: number,
  seen: Uint8Array,
  inside: (at: number) => boolean,
  waiting: number[],
): void {
  let open = false;
  for (let at = from; at < to; at++) {
    const wanted = !seen[at] && inside(at);
    if (wanted && !open) waiting.push(at);
    open = wanted;
  }
}
