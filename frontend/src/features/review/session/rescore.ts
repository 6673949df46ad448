import { fetchScoreMap } from "../api/calls";
import type { ReviewTask } from "../api/types";
import type { LoadedTask } from "./loadTask";

/** What can change about a task while it is on the screen. */
export type TaskNow = Pick<ReviewTask, "inspection" | "thresholds" | "queue_length">;

/** The same task with what the model says now; null when it says the same. What was drawn stays. */
export async function rescored(loaded: LoadedTask, now: TaskNow): Promise<LoadedTask | null> {
  const { inspection, thresholds, queue_length } = now;
  const before = loaded.task;
  if (!inspection || isSame(before, now)) return null;
  const sameMap = before.inspection?.image_score === inspection.image_score;
  const scoreMap = sameMap ? loaded.scoreMap : await fetchScoreMap(inspection.map);
  return { ...loaded, task: { ...before, inspection, thresholds, queue_length }, scoreMap };
}

function isSame(before: TaskNow, now: TaskNow): boolean {
  return (
    before.inspection?.image_score === now.inspection?.image_score &&
    before.inspection?.band === now.inspection?.band &&
    before.thresholds?.t1 === now.thresholds?.t1 &&
    before.thresholds?.t2 === now.thresholds?.t2
  );
}
