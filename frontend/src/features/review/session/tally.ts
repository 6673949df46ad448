import type { Review } from "../api/types";

/** What a person got done in one visit, as the server took it: nothing counts before it is there. */
export interface Tally {
  /** Verdicts that count. */
  judged: number;
  skipped: number;
  /** Verdicts that came after their time, and changed nothing. */
  late: number;
  /** Time with the images that were judged. */
  elapsedMs: number;
  /** Of how many of them the time is known; images judged together have none of their own. */
  timed: number;
}

export const NOTHING_DONE: Tally = { judged: 0, skipped: 0, late: 0, elapsedMs: 0, timed: 0 };

export const counted = (tally: Tally, review: Review): Tally => changed(tally, review, 1);
export const uncounted = (tally: Tally, review: Review): Tally => changed(tally, review, -1);

function changed(tally: Tally, { verdict, late, elapsed_ms }: Review, by: 1 | -1): Tally {
  if (late) return { ...tally, late: tally.late + by };
  if (verdict === "skip") return { ...tally, skipped: tally.skipped + by };
  return {
    ...tally,
    judged: tally.judged + by,
    elapsedMs: tally.elapsedMs + by * (elapsed_ms ?? 0),
    timed: tally.timed + (elapsed_ms == null ? 0 : by),
  };
}
