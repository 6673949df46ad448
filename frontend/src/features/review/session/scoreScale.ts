import type { LoadedTask } from "./loadTask";

/** The numbers behind the threshold slider and the colours of one image. */
export interface ScoreScale {
  /** Ends of the slider, in the detector's units. */
  min: number;
  max: number;
  step: number;
  /** Where the slider starts: the dataset's pixel threshold, else the middle of this map. */
  initial: number;
  /** Scores drawn as first and last colour: tied to the dataset's threshold, so that images compare. */
  range: [low: number, high: number];
  /** Whether `initial` was calibrated. */
  calibrated: boolean;
}

export function scoreScaleOf(loaded: LoadedTask): ScoreScale | null {
  const { scoreMap, task } = loaded;
  if (!scoreMap) return null;
  const highest = scoreMap.values.reduce((most, value) => Math.max(most, value), 0) * scoreMap.scale;
  const threshold = task.thresholds?.pixel_threshold ?? null;
  const max = Math.max(highest * 1.02, (threshold ?? 0) * 1.6, scoreMap.scale);
  return {
    min: 0,
    max,
    step: max / 1000,
    initial: threshold ?? highest / 2,
    range: threshold === null ? [0, highest] : [threshold * 0.4, threshold * 1.7],
    calibrated: threshold !== null,
  };
}

/** A score with as many digits as its size deserves. */
export function formatScore(score: number): string {
  const size = Math.abs(score);
  return score.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 3);
}
