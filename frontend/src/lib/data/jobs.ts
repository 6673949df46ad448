import { queryOptions, useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";

import { api } from "@/lib/api/client";

import type { Job, JobDetail } from "./types";

/** What an event says about a job; the rest is fetched where it is needed. */
export type JobNews = Pick<Job, "id"> & Partial<Job>;

export const isRunning = (job: Pick<Job, "state">) => job.state === "queued" || job.state === "running";

export const recentJobsQuery = queryOptions({
  queryKey: ["jobs", "recent"],
  queryFn: async (): Promise<Job[]> =>
    (await api.GET("/api/v1/jobs/", { params: { query: { page_size: 50 } } })).data?.results ?? [],
});

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ["jobs", "one", id],
    queryFn: async (): Promise<JobDetail> =>
      (await api.GET("/api/v1/jobs/{id}/", { params: { path: { id } } })).data!,
    // Events can be lost with the broker; a slow poll keeps the promise of "live".
    refetchInterval: ({ state }) => (state.data && isRunning(state.data) ? 10_000 : false),
  });

export function useCancelJob() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.POST("/api/v1/jobs/{id}/cancel/", { params: { path: { id } } }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["jobs"] }),
  });
}

/** Puts the news of one job into whatever shows it, without asking the server again. */
export function applyJobNews(queryClient: QueryClient, news: JobNews): void {
  queryClient.setQueryData(recentJobsQuery.queryKey, (jobs) =>
    jobs?.map((job) => (job.id === news.id ? { ...job, ...news } : job)),
  );
  queryClient.setQueryData(jobQuery(news.id).queryKey, (job) => (job ? { ...job, ...news } : job));
}
