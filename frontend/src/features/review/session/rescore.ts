import { fetchScoreMap } from "../api/calls";
import type { Inspection } from "../api/types";
import type { LoadedTask } from "./loadTask";

/** The same task with what the model says now; null when it says the same. What was drawn stays. */
export async function rescored(loaded: LoadedTask, inspection: Inspection): Promise<LoadedTask | null> {
  const before = loaded.task.inspection;
  if (before?.image_score === inspection.image_score && before.band === inspection.band) return null;
  const scoreMap = await fetchScoreMap(inspection.map);
  return { ...loaded, task: { ...loaded.task, inspection }, scoreMap };
}
