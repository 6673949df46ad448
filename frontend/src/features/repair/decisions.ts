import type { Candidate } from "./useRepair";

/** Where a candidate stands; an approved one may have been removed from the pool since. */
export type Standing = Candidate["state"] | "removed";

export const standingOf = ({ state, in_pool }: Pick<Candidate, "state" | "in_pool">): Standing =>
  state === "approved" && !in_pool ? "removed" : state;

/**
 * The place to go on at after a decision: the next one that waits, around the end if need be.
 *
 * @param underWay ids that were decided, though the server has not said so yet.
 */
export function nextWaiting(
  candidates: readonly Pick<Candidate, "id" | "state">[],
  place: number,
  underWay: ReadonlySet<string> = new Set(),
): number {
  const count = candidates.length;
  for (let step = 1; step < count; step += 1) {
    const other = (place + step) % count;
    const { id, state } = candidates[other]!;
    if (state === "waiting" && !underWay.has(id)) return other;
  }
  return Math.min(place + 1, Math.max(0, count - 1));
}

/** Whether a decision would change anything. */
export const canApprove = (candidate: Candidate): boolean => !candidate.in_pool;
export const canReject = (candidate: Candidate): boolean => candidate.state !== "rejected";
