import type { CurvePoint } from "@/components/charts/CurveChart";

/** The points of a run's curves, without whatever is not a number. */
export function pointsOf(curves: unknown): CurvePoint[] {
  if (!Array.isArray(curves)) return [];
  return curves.map(
    (point: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(point).filter(([, value]) => Number.isFinite(value))) as CurvePoint,
  );
}
