import { useQuery } from "@tanstack/react-query";

import { api } from "@/lib/api/client";

/** Counts by split and label, and what the dataset still lacks. */
export const useStats = (id: string) =>
  useQuery({
    queryKey: ["datasets", "stats", id],
    queryFn: async () => (await api.GET("/api/v1/datasets/{id}/stats/", { params: { path: { id } } })).data!,
  });

/** How many images wait for a person, and why. */
export const useQueue = (dataset: string) =>
  useQuery({
    queryKey: ["queue", dataset],
    queryFn: async () =>
      (await api.GET("/api/v1/review-tasks/summary/", { params: { query: { dataset } } })).data!,
  });
