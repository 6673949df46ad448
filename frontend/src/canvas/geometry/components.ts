import { listSpans, selectSpans, type SpanList } from "./spans";

/**
 * The component of every span, as the number of one span in it.
 *
 * `diagonal`: pixels that touch at a corner are together (8-connected), else only those that share an edge.
 */
export function labelSpans(spans: SpanList, diagonal: boolean): Int32Array {
  const count = spans.length / 3;
  const parents = Int32Array.from({ length: count }, (_, i) => i);
  const slack = diagonal ? 1 : 0;
  let above = 0;
  for (let here = 0; here < count; here++) {
    const y = spans[3 * here]!;
    while (spans[3 * above]! < y - 1) above++;
    for (let other = above; other < here && spans[3 * other] === y - 1; other++) {
      if (spans[3 * other + 1]! >= spans[3 * here + 2]! + slack) break;
      // A span that ends left of this one ends left of all later ones of its row, too.
      if (spans[3 * other + 2]! + slack <= spans[3 * here + 1]!) above = other + 1;
      else join(parents, other, here);
    }
  }
  return parents.map((_, i) => rootOf(parents, i));
}

/** The 8-connected component that holds pixel (`x`, `y`); empty when that pixel is in no span. */
export function componentAt(spans: SpanList, x: number, y: number): SpanList {
  const seed = spanAt(spans, x, y);
  if (seed < 0) return new Int32Array();
  const labels = labelSpans(spans, true);
  return selectSpans(spans, (number) => labels[number] === labels[seed]);
}

/** All components of `spans` that share a pixel with `seeds`. */
export function componentsTouching(spans: SpanList, seeds: SpanList): SpanList {
  const labels = labelSpans(spans, true);
  const wanted = new Set<number>();
  let first = 0;
  for (let i = 0; i < seeds.length; i += 3) {
    const y = seeds[i]!;
    while (first < spans.length && spans[first]! < y) first += 3;
    for (let at = first; at < spans.length && spans[at] === y; at += 3) {
      if (spans[at + 1]! < seeds[i + 2]! && seeds[i + 1]! < spans[at + 2]!) wanted.add(labels[at / 3]!);
    }
  }
  return selectSpans(spans, (number) => wanted.has(labels[number]!));
}

/** Pixels that a mask encloses: what no edge-connected path outside the mask leads out of. */
export function holesOf(spans: SpanList): SpanList {
  if (spans.length === 0) return spans;
  const background = backgroundOf(spans);
  const labels = labelSpans(background, false);
  // The first span is the empty row above the mask: it is outside.
  return selectSpans(background, (number) => labels[number] !== labels[0]);
}

/** The components of fewer than `leastPx` pixels. */
export function specksOf(spans: SpanList, leastPx: number): SpanList {
  const labels = labelSpans(spans, true);
  const areas = new Int32Array(labels.length);
  labels.forEach((label, i) => (areas[label]! += spans[3 * i + 2]! - spans[3 * i + 1]!));
  return selectSpans(spans, (number) => areas[labels[number]!]! < leastPx);
}

/** What is not in the spans, in their box and one pixel around it. */
function backgroundOf(spans: SpanList): SpanList {
  let left = Infinity;
  let right = -Infinity;
  for (let i = 0; i < spans.length; i += 3) {
    left = Math.min(left, spans[i + 1]! - 1);
    right = Math.max(right, spans[i + 2]! + 1);
  }
  const bottom = spans.at(-3)! + 1;
  return listSpans((emit) => {
    let at = 0;
    for (let y = spans[0]! - 1; y <= bottom; y++) {
      let from = left;
      for (; at < spans.length && spans[at] === y; at += 3) {
        if (from < spans[at + 1]!) emit(y, from, spans[at + 1]!);
        from = spans[at + 2]!;
      }
      emit(y, from, right);
    }
  });
}

function spanAt(spans: SpanList, x: number, y: number): number {
  for (let i = 0; i < spans.length; i += 3) {
    if (spans[i] === y && spans[i + 1]! <= x && x < spans[i + 2]!) return i / 3;
  }
  return -1;
}

function join(parents: Int32Array, a: number, b: number): void {
  const from = rootOf(parents, a);
  const to = rootOf(parents, b);
  if (from < to) parents[to] = from;
  else parents[from] = to;
}

function rootOf(parents: Int32Array, at: number): number {
  let here = at;
  while (parents[here] !== here) {
    parents[here] = parents[parents[here]!]!;
    here = parents[here]!;
  }
  return here;
}
