/** Weighted counts of two labels in equal bins over a range. */
export interface Histogram {
  from: number;
  to: number;
  normal: Float64Array;
  defective: Float64Array;
}

export const BINS = 96;

/** The range that shows every score and every threshold, with a little room. */
export function rangeOf(values: ArrayLike<number>, thresholds: readonly number[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  for (const threshold of thresholds) {
    low = Math.min(low, threshold);
    high = Math.max(high, threshold);
  }
  if (low > high) return [0, 1];
  const room = (high - low || 1) * 0.04;
  return [low - room, high + room];
}

export function histogramOf(
  {
    scores,
    defective,
    weights,
  }: {
    scores: ArrayLike<number>;
    defective: ArrayLike<number>;
    weights: ArrayLike<number>;
  },
  [from, to]: readonly [number, number],
): Histogram {
  const found = { from, to, normal: new Float64Array(BINS), defective: new Float64Array(BINS) };
  for (let i = 0; i < scores.length; i++) {
    const bin = Math.min(BINS - 1, Math.floor(((scores[i]! - from) / (to - from)) * BINS));
    (defective[i] ? found.defective : found.normal)[bin]! += weights[i]!;
  }
  return found;
}
