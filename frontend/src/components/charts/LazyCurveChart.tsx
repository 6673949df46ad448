import { lazy, Suspense } from "react";

import { RowSkeletons } from "@/components/feedback/Loaded";

import type { CurveChartProps } from "./CurveChart";

// The drawing library is large; a page without curves does without it.
const CurveChart = lazy(async () => ({ default: (await import("./CurveChart")).CurveChart }));

/** A curve chart that is fetched when it is first shown. */
export function LazyCurveChart(props: CurveChartProps) {
  return (
    <Suspense fallback={<RowSkeletons count={1} height_px={240} />}>
      <CurveChart {...props} />
    </Suspense>
  );
}
