import { useCallback, useMemo, useState } from "react";

import type { components } from "@/lib/api/schema";
import type { Thresholds } from "@/lib/data/types";

import { histogramOf, rangeOf, type Histogram } from "./histogram";
import { ratesAt, sortScores, type Cut, type Rates, type SortedScores } from "./imageRates";
import { pixelRatesAt, sumPixels, type PixelRates, type PixelTotals } from "./pixelRates";

type Schemas = components["schemas"];

/** Thresholds as somebody dragged them. */
export interface Wanted extends Cut {
  pixelThreshold: number | null;
}

interface Outcome {
  images: Rates;
  pixels: PixelRates | null;
}

/** The saved thresholds, the dragged ones, and what each of the two does. */
export interface Scenario {
  sorted: SortedScores;
  totals: PixelTotals | null;
  histogram: Histogram;
  saved: Wanted;
  wanted: Wanted;
  changed: boolean;
  now: Outcome;
  then: Outcome;
  move: (id: string, value: number) => void;
  reset: () => void;
}

export function useWhatIf(
  set: Thresholds | null | undefined,
  columns: Schemas["ReviewedScores"],
  pixels: Schemas["PixelCurves"] | undefined,
): Scenario {
  const sorted = useMemo(() => sortScores(columns), [columns]);
  const totals = useMemo(() => (pixels ? sumPixels(pixels) : null), [pixels]);
  const range = useMemo(() => rangeOf(columns.scores, thresholdsOf(set)), [columns, set]);
  const histogram = useMemo(() => histogramOf(columns, range), [columns, range]);
  const saved = useMemo(() => savedCut(set, range[1]), [set, range]);
  // Computed thresholds move while people judge: what somebody dragged meanwhile stays as it is.
  const [dragged, setDragged] = useState<Wanted | null>(null);
  const wanted = dragged ?? saved;
  const reset = useCallback(() => setDragged(null), []);
  const now = useMemo(() => outcomeOf(sorted, totals, saved), [sorted, totals, saved]);
  return {
    sorted,
    totals,
    histogram,
    saved,
    wanted,
    changed: !isSame(wanted, saved),
    now,
    then: outcomeOf(sorted, totals, wanted),
    move: (id, value) => setDragged((before) => moved(before ?? saved, id, value)),
    reset,
  };
}

function outcomeOf(sorted: SortedScores, totals: PixelTotals | null, wanted: Wanted): Outcome {
  return {
    images: ratesAt(sorted, wanted),
    pixels: totals && pixelRatesAt(totals, wanted.t1, wanted.pixelThreshold ?? totals.top),
  };
}

/** One line moves; T1 and T2 push one another so that they stay in order. */
function moved(before: Wanted, id: string, value: number): Wanted {
  if (id === "t1") return { ...before, t1: value, t2: Math.max(value, before.t2) };
  if (id === "t2") return { ...before, t2: value, t1: Math.min(value, before.t1) };
  return { ...before, pixelThreshold: value };
}

function thresholdsOf(set: Thresholds | null | undefined): number[] {
  return [set?.t1, set?.t2].filter((value) => value != null);
}

/** A threshold that is not set cuts nothing off. */
function savedCut(set: Thresholds | null | undefined, end: number): Wanted {
  return { t1: set?.t1 ?? end, t2: set?.t2 ?? end, pixelThreshold: set?.pixel_threshold ?? null };
}

function isSame(one: Wanted, other: Wanted): boolean {
  return one.t1 === other.t1 && one.t2 === other.t2 && one.pixelThreshold === other.pixelThreshold;
}
