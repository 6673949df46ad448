import type { components } from "@/lib/api/schema";

import type { CurvePoint } from "./CurveChart";

export type LossPoint = components["schemas"]["CurvePointOut"];

/** One stage of a training with its losses. */
export interface StageCurve {
  stage: string;
  points: CurvePoint[];
}

/** A run's curves stage by stage, in the order in which the stages began. */
export function curvesByStage(curves: readonly LossPoint[]): StageCurve[] {
  const stages = [...new Set(curves.map((point) => point.stage))];
  return stages.map((stage) => ({
    stage,
    points: curves
      .filter((point) => point.stage === stage)
      .map(({ step, losses }) => ({ ...losses, step }))
      .sort((one, other) => one.step - other.step),
  }));
}

/** Names of the losses of a stage. */
export const lossNames = (points: readonly CurvePoint[]): string[] =>
  [...new Set(points.flatMap((point) => Object.keys(point)))].filter((name) => name !== "step");

/** One loss of several trainings over the same axis; each training has a name. */
export function sideBySide(
  trainings: readonly { name: string; points: readonly CurvePoint[] }[],
  loss: string,
): CurvePoint[] {
  const merged = new Map<number, Record<string, number>>();
  for (const { name, points } of trainings) {
    for (const point of points) {
      const { step, [loss]: value } = point;
      if (step === undefined || value === undefined) continue;
      merged.set(step, { ...merged.get(step), step, [name]: value });
    }
  }
  return [...merged.values()].sort((one, other) => (one["step"] ?? 0) - (other["step"] ?? 0));
}
