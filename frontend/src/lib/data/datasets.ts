import { queryOptions, useQuery } from "@tanstack/react-query";

import { api } from "@/lib/api/client";

import type { Dataset } from "./types";

export const datasetsQuery = queryOptions({
  queryKey: ["datasets", "list"],
  queryFn: async (): Promise<Dataset[]> =>
    (await api.GET("/api/v1/datasets/", { params: { query: { page_size: 500 } } })).data?.results ?? [],
});

export const datasetQuery = (id: string) =>
  queryOptions({
    queryKey: ["datasets", "one", id],
    queryFn: async (): Promise<Dataset> =>
      (await api.GET("/api/v1/datasets/{id}/", { params: { path: { id } } })).data!,
  });

export const useDatasets = () => useQuery(datasetsQuery);
export const useDataset = (id: string) => useQuery(datasetQuery(id));
