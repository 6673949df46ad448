import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { annotationQuery, type Annotation } from "@/lib/data/annotations";

import { runsOf, unionOf, type Runs } from "./runs";

const NOTHING: Runs = [];

/** All defect pixels of a mask revision; none without a revision; undefined while it loads. */
export function useDefectRuns(revision: string | null | undefined): Runs | undefined {
  const query = useQuery({ ...annotationQuery(revision ?? ""), enabled: Boolean(revision) });
  const { data } = query;
  const runs = useMemo(() => data && defectRunsOf(data), [data]);
  return revision ? runs : NOTHING;
}

function defectRunsOf({ layers }: Annotation): Runs {
  return unionOf(layers.filter(({ kind }) => kind === "defect").map(({ mask_rle }) => runsOf(mask_rle)));
}
