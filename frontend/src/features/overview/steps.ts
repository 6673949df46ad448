import type { Model } from "@/lib/data/types";

export type StepKey = "import" | "train" | "review" | "retrain";
export type StepState = "done" | "next" | "later";

export interface Step {
  key: StepKey;
  /** Below the dataset's own path. */
  path: string;
  state: StepState;
}

/** What the steps depend on. */
export interface Situation {
  images: number;
  trainable: boolean;
  models: readonly Pick<Model, "created_at">[];
  waiting: number;
  /** Verdicts given since the newest model was trained; null while unknown. */
  newNormals: number | null;
}

/**
 * The loop of a dataset with the one step that matters now: images, a model, verdicts, a better model.
 * The loop never ends: once everything is done, reviewing is next as soon as something waits.
 */
export function stepsOf({ images, trainable, models, waiting, newNormals }: Situation): Step[] {
  const done: Record<StepKey, boolean> = {
    import: images > 0 && trainable,
    train: models.length > 0,
    review: models.length > 0 && waiting === 0,
    retrain: models.length > 1 && !newNormals,
  };
  const paths: Record<StepKey, string> = {
    import: images > 0 ? "/images" : "/import",
    train: "/train",
    review: "/review",
    retrain: "/train",
  };
  const order: StepKey[] = ["import", "train", "review", "retrain"];
  const next = order.find((key) => !done[key]);
  return order.map((key) => ({
    key,
    path: paths[key],
    state: done[key] ? "done" : key === next ? "next" : "later",
  }));
}
