import { queryOptions } from "@tanstack/react-query";

import { api } from "@/lib/api/client";

import type { Detector, Model } from "./types";

/** A dataset's model versions, newest first. */
export const modelsQuery = (datasetId: string) =>
  queryOptions({
    queryKey: ["models", "list", datasetId],
    queryFn: async (): Promise<Model[]> =>
      (await api.GET("/api/v1/models/", { params: { query: { dataset: datasetId, page_size: 100 } } })).data
        ?.results ?? [],
  });

/** Every detector and the schema of its hyperparameters; they change only with the server's release. */
export const detectorsQuery = queryOptions({
  queryKey: ["detectors"],
  staleTime: Infinity,
  queryFn: async (): Promise<Detector[]> => (await api.GET("/api/v1/detectors/")).data ?? [],
});
