/** One measured image: pixels and shares of defect regions in equal bins of score, from 0 to `top`. */
export interface PixelCounts {
  image_score: number;
  weight: number;
  regions: number;
  defect: readonly number[];
  normal: readonly number[];
  overlap: readonly number[];
}

export interface PixelColumns {
  top: number;
  images: readonly PixelCounts[];
}

/** Running totals over the images, the highest image score first: row k sums the first k images. */
export interface PixelTotals {
  top: number;
  bins: number;
  /** Image scores, falling. */
  imageScores: Float64Array;
  defect: Float64Array;
  normal: Float64Array;
  overlap: Float64Array;
  regions: number;
}

export interface PixelRates {
  /** Harmonic mean of precision and recall of the pixels that would be marked. */
  f1: number | null;
  /** The mean share of a defect region that would be marked. */
  overlap: number | null;
  /** Area under that share up to 30 % falsely marked pixels, over every pixel threshold. */
  aupro: number | null;
}

const AUPRO_LIMIT = 0.3;

export function sumPixels({ top, images }: PixelColumns): PixelTotals {
  const sorted = [...images].sort((a, b) => b.image_score - a.image_score);
  const bins = sorted[0]?.defect.length ?? 0;
  const running = (values: (image: PixelCounts) => readonly number[]): Float64Array => {
    const rows = new Float64Array((sorted.length + 1) * bins);
    sorted.forEach((image, k) => {
      const counts = values(image);
      for (let bin = 0; bin < bins; bin++)
        rows[(k + 1) * bins + bin] = rows[k * bins + bin]! + image.weight * counts[bin]!;
    });
    return rows;
  };
  return {
    top,
    bins,
    imageScores: Float64Array.from(sorted, (image) => image.image_score),
    defect: running((image) => image.defect),
    normal: running((image) => image.normal),
    overlap: running((image) => image.overlap),
    regions: sorted.reduce((total, image) => total + image.weight * image.regions, 0),
  };
}

/**
 * What would be marked if only images at or above `t1` show a mask, cut at `pixelThreshold`.
 *
 * Pixels of images that pass count as never marked, whatever they score.
 */
export function pixelRatesAt(totals: PixelTotals, t1: number, pixelThreshold: number): PixelRates {
  const { bins, regions } = totals;
  if (regions === 0) return { f1: null, overlap: null, aupro: null };
  const shown = countAtLeast(totals.imageScores, t1) * bins;
  const all = totals.imageScores.length * bins;
  const cut = Math.min(bins, Math.max(0, Math.ceil((pixelThreshold / totals.top) * bins - 1e-9)));
  const marked = { defect: 0, normal: 0, overlap: 0 };
  const curve = { area: 0, rate: 0, overlap: 0 };
  const normals = sum(totals.normal, all, bins);
  for (let bin = bins - 1; bin >= 0; bin--) {
    if (bin >= cut) marked.defect += totals.defect[shown + bin]!;
    if (bin >= cut) marked.normal += totals.normal[shown + bin]!;
    if (bin >= cut) marked.overlap += totals.overlap[shown + bin]!;
    step(curve, totals.normal[shown + bin]! / normals, totals.overlap[shown + bin]! / regions);
  }
  // What passes unmarked ties at the bottom of every order.
  step(curve, 1 - curve.rate, 1 - curve.overlap);
  const defects = sum(totals.defect, all, bins);
  return {
    f1: (2 * marked.defect) / (defects + marked.defect + marked.normal),
    overlap: marked.overlap / regions,
    aupro: normals > 0 ? curve.area / AUPRO_LIMIT : null,
  };
}

/** Adds one step of the curve to the area below the limit; within a step the curve is a straight line. */
function step(curve: { area: number; rate: number; overlap: number }, rate: number, overlap: number): void {
  const width = Math.min(rate, Math.max(0, AUPRO_LIMIT - curve.rate));
  const reached = rate > 0 ? (overlap * width) / rate : 0;
  curve.area += width * (curve.overlap + reached / 2);
  curve.rate += rate;
  curve.overlap += overlap;
}

function sum(rows: Float64Array, start: number, bins: number): number {
  let total = 0;
  for (let bin = 0; bin < bins; bin++) total += rows[start + bin]!;
  return total;
}

function countAtLeast(falling: Float64Array, value: number): number {
  let low = 0;
  let high = falling.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (falling[middle]! >= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
