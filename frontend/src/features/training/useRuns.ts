import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api } from "@/lib/api/client";
import { onlyOnce } from "@/lib/api/conditions";
import type { components } from "@/lib/api/schema";
import type { TrainingRun } from "@/lib/data/types";

export type NewRun = components["schemas"]["TrainingRunInRequest"];

/** A dataset's training runs, newest first. */
export const runsQuery = (dataset: string) =>
  queryOptions({
    queryKey: ["training-runs", "list", dataset],
    queryFn: async (): Promise<TrainingRun[]> =>
      (await api.GET("/api/v1/training-runs/", { params: { query: { dataset } } })).data!.results,
  });

/** Starts a run. A repeated click is the same request, not a second run. */
export function useStartRun() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ body, key }: { body: NewRun; key: string }) =>
      (await api.POST("/api/v1/training-runs/", { body, headers: onlyOnce(key) })).data!,
    onSuccess: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: ["training-runs"] }),
        queryClient.invalidateQueries({ queryKey: ["jobs"] }),
      ]),
  });
}
