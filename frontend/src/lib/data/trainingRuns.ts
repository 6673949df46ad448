import { queryOptions } from "@tanstack/react-query";

import { api } from "@/lib/api/client";

import { isRunning } from "./jobs";
import type { TrainingRunDetail } from "./types";

const LIVE_POLL_MS = 2500;

/** One run with its curves, which grow while it runs. */
export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["training-runs", "one", id],
    queryFn: async (): Promise<TrainingRunDetail> =>
      (await api.GET("/api/v1/training-runs/{id}/", { params: { path: { id } } })).data!,
    refetchInterval: ({ state: { data } }) => (data && isRunning(data.job) ? LIVE_POLL_MS : false),
  });
