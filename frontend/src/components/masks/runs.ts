/** COCO run lengths: column by column, zeros first. */
export interface Rle {
  size: readonly number[];
  counts: unknown;
}

/** Runs of set pixels [start, end), in order, counted column by column from the top left. */
export type Runs = readonly (readonly [start: number, end: number])[];

/** Where two masks differ. */
export interface Difference {
  both: Runs;
  onlyFirst: Runs;
  onlySecond: Runs;
}

/** The set pixels of uncompressed run lengths, which is what the server sends. */
export function runsOf(rle: Rle): Runs {
  const runs: [number, number][] = [];
  let at = 0;
  (rle.counts as readonly number[]).forEach((count, i) => {
    if (i % 2 === 1 && count > 0) runs.push([at, at + count]);
    at += count;
  });
  return runs;
}

/** Pixels that any of the masks has. */
export function unionOf(masks: readonly Runs[]): Runs {
  const union: [number, number][] = [];
  for (const [start, end] of masks.flat().sort((a, b) => a[0] - b[0])) {
    const last = union.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else union.push([start, end]);
  }
  return union;
}

export function differenceOf(first: Runs, second: Runs): Difference {
  const both: [number, number][] = [];
  for (let i = 0, j = 0; i < first.length && j < second.length;) {
    const start = Math.max(first[i]![0], second[j]![0]);
    const end = Math.min(first[i]![1], second[j]![1]);
    if (start < end) both.push([start, end]);
    if (first[i]![1] < second[j]![1]) i++;
    else j++;
  }
  return { both, onlyFirst: without(first, both), onlySecond: without(second, both) };
}

/** `runs` without `taken`, each of which lies inside one of them. */
function without(runs: Runs, taken: Runs): Runs {
  const left: [number, number][] = [];
  let next = 0;
  for (const [start, end] of runs) {
    let at = start;
    for (; next < taken.length && taken[next]![0] < end; next++) {
      if (taken[next]![0] > at) left.push([at, taken[next]![0]]);
      at = taken[next]![1];
    }
    if (at < end) left.push([at, end]);
  }
  return left;
}

export const pixelsOf = (runs: Runs): number => runs.reduce((total, [start, end]) => total + end - start, 0);

/** Calls back with every vertical strip of the runs: column, first row, and how many pixels down. */
export function eachStrip(
  runs: Runs,
  height: number,
  emit: (x: number, y: number, length: number) => void,
): void {
  for (const [start, end] of runs) {
    for (let at = start; at < end;) {
      const x = Math.floor(at / height);
      const stop = Math.min(end, (x + 1) * height);
      emit(x, at - x * height, stop - at);
      at = stop;
    }
  }
}
