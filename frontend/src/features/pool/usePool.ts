import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
  type QueryClient,
} from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { tell, tellFailure, tellWithUndo } from "@/components/feedback/notices";
import { api } from "@/lib/api/client";
import { isRunning } from "@/lib/data/jobs";
import { nextCursor } from "@/lib/data/pages";
import type { Label } from "@/lib/data/types";

import type { Finding, FindingAction, FindingKind, Report, Wanted } from "./types";

const KEY = "pool-health";
const PICTURES_A_PAGE = 100;

/** The newest report of a dataset, and the newest that is finished; null where there is none. */
export const reportsQuery = (dataset: string) =>
  queryOptions({
    queryKey: [KEY, "reports", dataset],
    queryFn: async (): Promise<{ newest: Report | null; finished: Report | null }> => {
      const list = async (query: { job__state?: "succeeded" }) =>
        (await api.GET("/api/v1/pool-health/", { params: { query: { dataset, page_size: 1, ...query } } }))
          .data!.results[0];
      const [newest, finished] = await Promise.all([list({}), list({ job__state: "succeeded" })]);
      return {
        newest: newest ? await detailOf(newest.id) : null,
        finished: finished ? await detailOf(finished.id) : null,
      };
    },
    // Events can be lost with the broker; a slow poll keeps the promise of "live".
    refetchInterval: ({ state }) => (state.data?.newest && isRunning(state.data.newest.job) ? 5_000 : false),
  });

const detailOf = async (id: string): Promise<Report> =>
  (await api.GET("/api/v1/pool-health/{id}/", { params: { path: { id } } })).data! as Report;

export const findingsQuery = (report: string, kind: FindingKind | null) =>
  infiniteQueryOptions({
    queryKey: [KEY, "findings", report, kind],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) =>
      (
        await api.GET("/api/v1/findings/", {
          params: { query: { report, ...(kind && { kind }), ...(pageParam && { cursor: pageParam }) } },
        })
      ).data!,
    getNextPageParam: nextCursor,
  });

export const picturesQuery = (finding: string) =>
  infiniteQueryOptions({
    queryKey: [KEY, "pictures", finding],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) =>
      (
        await api.GET("/api/v1/findings/{id}/images/", {
          params: {
            path: { id: finding },
            query: { page_size: PICTURES_A_PAGE, ...(pageParam && { cursor: pageParam }) },
          },
        })
      ).data!,
    getNextPageParam: nextCursor,
  });

export const mapQuery = (report: string) =>
  queryOptions({
    queryKey: [KEY, "map", report],
    queryFn: async () =>
      (await api.GET("/api/v1/pool-health/{id}/map/", { params: { path: { id: report } } })).data!,
  });

const refresh = (queryClient: QueryClient) =>
  Promise.all(
    [KEY, "images", "datasets", "queue"].map((key) => queryClient.invalidateQueries({ queryKey: [key] })),
  );

export function useLookAtPool(dataset: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => api.POST("/api/v1/pool-health/", { body: { dataset } }),
    onError: tellFailure,
    onSettled: () => queryClient.invalidateQueries({ queryKey: [KEY] }),
  });
}

/** Takes an action on a finding back. */
export function useUndoAction() {
  const { t } = useTranslation("pool");
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.POST("/api/v1/finding-actions/{id}/undo/", { params: { path: { id } } }),
    onSuccess: () => tell(t("undone")),
    onError: tellFailure,
    onSettled: () => refresh(queryClient),
  });
}

/** Does something about a finding, and offers to take it back. */
export function useActOnFinding(finding: Finding) {
  const { t } = useTranslation("pool");
  const queryClient = useQueryClient();
  const undo = useUndoAction();
  return useMutation({
    mutationFn: async (wanted: Wanted): Promise<FindingAction> =>
      (await api.POST("/api/v1/findings/{id}/act/", { params: { path: { id: finding.id } }, body: wanted }))
        .data!,
    onSuccess: (done) =>
      tellWithUndo(t(`done.${done.action}`, { count: done.changed }), () => undo.mutate(done.id)),
    onError: tellFailure,
    onSettled: () => refresh(queryClient),
  });
}

/** Does something with images that were chosen on the map. */
export function useActOnImages(dataset: string) {
  const { t } = useTranslation("pool");
  const queryClient = useQueryClient();
  const settled = { onError: tellFailure, onSettled: () => refresh(queryClient) };
  const undo = useMutation({
    mutationFn: (id: string) =>
      api.POST("/api/v1/images/bulk/{undo_id}/undo/", { params: { path: { undo_id: id } } }),
    onSuccess: () => tell(t("undone")),
    ...settled,
  });
  const change = useMutation({
    mutationFn: async ({
      ids,
      changes,
    }: {
      ids: string[];
      changes: { label?: Label; quarantined?: boolean };
    }) => (await api.POST("/api/v1/images/bulk/", { body: { dataset, ids, changes } })).data!,
    onSuccess: (outcome, { changes }) => {
      const what = changes.label ? "relabel" : "quarantine";
      const id = outcome.undo_id;
      if (id) tellWithUndo(t(`done.${what}`, { count: outcome.changed }), () => undo.mutate(id));
    },
    ...settled,
  });
  const review = useMutation({
    mutationFn: async (images: string[]) =>
      (await api.POST("/api/v1/review-tasks/", { body: { dataset, images, comment: "" } })).data!,
    onSuccess: (tasks) => tell(t("done.review", { count: tasks.length })),
    ...settled,
  });
  return { change, review };
}
