/** Where the three bands are cut: `pass` < t1 ≤ `review` < t2 ≤ `fail`. */
export interface Cut {
  t1: number;
  t2: number;
}

export type Band = "pass" | "review" | "fail";

/** One entry per image whose answer is known. */
export interface Columns {
  scores: ArrayLike<number>;
  /** 1 defective, 0 normal. */
  defective: ArrayLike<number>;
  /** 1 / the probability of having been picked for review. */
  weights: ArrayLike<number>;
}

/** Running totals of one label over the images in order of score: entry i sums the first i. */
interface Totals {
  images: Float64Array;
  weight: Float64Array;
  squares: Float64Array;
}

/** The columns in order of score, with running totals: any cut is then answered by a few look-ups. */
export interface SortedScores {
  scores: Float64Array;
  /** Position in the columns of each sorted image. */
  order: Uint32Array;
  normal: Totals;
  defective: Totals;
}

/** A weighted share with its 95 % interval. */
export interface Share {
  value: number;
  low: number;
  high: number;
  /** Images counted, unweighted, and of how many. */
  images: number;
  of: number;
}

export interface Rates {
  /** Of the normal images: those that the machine would reject by itself (at or above t2). */
  overkill: Share | null;
  /** Of the defective images: those that nobody would look at (below t1). */
  escape: Share | null;
  /** Of all images: those that a person would have to judge. */
  review: Share | null;
  /** Of "at or above t1 means defective". */
  f1: number | null;
}

/** A run of images, neighbours in order of score, that would all change from one band to another. */
export interface FlipRun {
  from: Band;
  to: Band;
  /** Sorted positions [start, end). */
  start: number;
  end: number;
}

export function sortScores({ scores, defective, weights }: Columns): SortedScores {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort(
    (a, b) => scores[a]! - scores[b]!,
  );
  const totals = (label: number): Totals => {
    const images = new Float64Array(order.length + 1);
    const weight = new Float64Array(order.length + 1);
    const squares = new Float64Array(order.length + 1);
    order.forEach((place, i) => {
      const w = defective[place] === label ? weights[place]! : 0;
      images[i + 1] = images[i]! + (w > 0 ? 1 : 0);
      weight[i + 1] = weight[i]! + w;
      squares[i + 1] = squares[i]! + w * w;
    });
    return { images, weight, squares };
  };
  return {
    scores: Float64Array.from(order, (place) => scores[place]!),
    order,
    normal: totals(0),
    defective: totals(1),
  };
}

/** How many scores lie below `value`: a binary search. */
export function countBelow(scores: Float64Array, value: number): number {
  let low = 0;
  let high = scores.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (scores[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What a cut would have done with every known answer. Costs two binary searches, however many images. */
export function ratesAt(sorted: SortedScores, cut: Cut): Rates {
  const { normal, defective } = sorted;
  const end = sorted.scores.length;
  const review = countBelow(sorted.scores, cut.t1);
  const fail = Math.max(review, countBelow(sorted.scores, cut.t2));
  const found = defective.weight[end]! - defective.weight[review]!;
  const flagged = found + normal.weight[end]! - normal.weight[review]!;
  const defects = defective.weight[end]!;
  return {
    overkill: shareOf([normal], fail, end),
    escape: shareOf([defective], 0, review),
    review: shareOf([normal, defective], review, fail),
    f1: defects > 0 ? (2 * found) / (defects + flagged) : null,
  };
}

/** Which images would change their band, as runs of neighbours in order of score. */
export function flipsBetween(sorted: SortedScores, before: Cut, after: Cut): FlipRun[] {
  const at = (value: number): number => countBelow(sorted.scores, value);
  const old = [at(before.t1), at(before.t2)] as const;
  const next = [at(after.t1), at(after.t2)] as const;
  const edges = [...new Set([0, ...old, ...next, sorted.scores.length])].sort((a, b) => a - b);
  return edges.slice(1).flatMap((end, i) => {
    const start = edges[i]!;
    const [from, to] = [bandAt(start, old), bandAt(start, next)];
    return from === to ? [] : [{ from, to, start, end }];
  });
}

function bandAt(place: number, [review, fail]: readonly [number, number]): Band {
  if (place < review) return "pass";
  return place < fail ? "review" : "fail";
}

function shareOf(parts: readonly Totals[], start: number, end: number): Share | null {
  const sum = (pick: (totals: Totals) => Float64Array, from: number, to: number): number =>
    parts.reduce((total, part) => total + pick(part)[to]! - pick(part)[from]!, 0);
  const last = parts[0]!.weight.length - 1;
  const all = sum((totals) => totals.weight, 0, last);
  if (all <= 0) return null;
  const value = sum((totals) => totals.weight, start, end) / all;
  // Kish: unequal weights tell as much as this many equal ones.
  const effective = all ** 2 / sum((totals) => totals.squares, 0, last);
  return {
    value,
    ...wilson(value, effective),
    images: sum((totals) => totals.images, start, end),
    of: sum((totals) => totals.images, 0, last),
  };
}

const Z95 = 1.959964;

/** Wilson's 95 % interval of a share `p` seen in `n` images. */
export function wilson(p: number, n: number): { low: number; high: number } {
  const z2 = Z95 ** 2;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z95 / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
