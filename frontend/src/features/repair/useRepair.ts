import { queryOptions, useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";

import { tellFailure } from "@/components/feedback/notices";
import { api } from "@/lib/api/client";
import { ifMatch, onlyOnce } from "@/lib/api/conditions";
import { ApiError } from "@/lib/api/problem";
import type { components } from "@/lib/api/schema";
import { isRunning } from "@/lib/data/jobs";

type Schemas = components["schemas"];
export type GenerationRun = Schemas["GenerationRunOut"];
export type GenerationRunDetail = Schemas["GenerationRunDetailOut"];
export type GenerationWord = Schemas["GenerationWordOut"];
export type NewGeneration = Schemas["GenerationRunInRequest"];
export type WordsWanted = Schemas["GenerationWordsInRequest"];
export type Candidate = Schemas["CandidateOut"];
export type Report = Schemas["RepairReportOut"];
export type Comparison = Schemas["ReportComparisonOut"];

const KEY = "generation-runs";
const LIVE_POLL_MS = 2500;
const MOST_CANDIDATES = 500;

/** A dataset's generation runs, newest first. */
export const generationsQuery = (dataset: string) =>
  queryOptions({
    queryKey: [KEY, "list", dataset],
    queryFn: async (): Promise<GenerationRun[]> =>
      (await api.GET("/api/v1/generation-runs/", { params: { query: { dataset } } })).data!.results,
  });

/** One run; its words, scores and pictures grow while it runs. */
export const generationQuery = (id: string) =>
  queryOptions({
    queryKey: [KEY, "one", id],
    queryFn: async (): Promise<GenerationRunDetail> =>
      (await api.GET("/api/v1/generation-runs/{id}/", { params: { path: { id } } })).data!,
    refetchInterval: ({ state: { data } }) => (data && isRunning(data.job) ? LIVE_POLL_MS : false),
  });

/** A run's candidates in their order. */
export const candidatesQuery = (run: string) =>
  queryOptions({
    queryKey: [KEY, "candidates", run],
    queryFn: async (): Promise<Candidate[]> => {
      const query = { run, page_size: MOST_CANDIDATES };
      const { results } = (await api.GET("/api/v1/candidates/", { params: { query } })).data!;
      return results.sort((one, other) => one.position - other.position);
    },
  });

/** The newest report of a run; null before the first. */
export const reportQuery = (id: string) =>
  queryOptions({
    queryKey: [KEY, "report", id],
    queryFn: async (): Promise<Report | null> => {
      try {
        return (await api.GET("/api/v1/generation-runs/{id}/report/", { params: { path: { id } } })).data!;
      } catch (error) {
        if (error instanceof ApiError && error.code === "no_report") return null;
        throw error;
      }
    },
    refetchInterval: ({ state: { data } }) => (isUnderWay(data) ? LIVE_POLL_MS : false),
  });

export const isUnderWay = (report: Report | null | undefined): boolean =>
  report?.state === "training" || report?.state === "comparing";

/** What may be set about a generation, as a JSON schema. */
export const optionsQuery = queryOptions({
  queryKey: [KEY, "options"],
  queryFn: async (): Promise<unknown> => (await api.GET("/api/v1/generation-runs/options/")).data!.schema,
  staleTime: Infinity,
});

/** The finding that asks for a repair. */
export const findingQuery = (id: string) =>
  queryOptions({
    queryKey: ["findings", "one", id],
    queryFn: async () => (await api.GET("/api/v1/findings/{id}/", { params: { path: { id } } })).data!,
  });

/** Everything below a run is asked for again after a change of any of it; nobody waits for that. */
function useChange<Input, Output>(
  mutationFn: (input: Input) => Promise<Output>,
  onSuccess?: (output: Output, queryClient: QueryClient) => void,
) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: (output) => onSuccess?.(output, queryClient),
    onSettled: () => {
      for (const key of [KEY, "images", "jobs"]) void queryClient.invalidateQueries({ queryKey: [key] });
    },
  });
}

/** Starts a run. A repeated click is the same request, not a second run. */
export const useStartGeneration = () =>
  useChange(
    async ({ body, key }: { body: NewGeneration; key: string }) =>
      (await api.POST("/api/v1/generation-runs/", { body, headers: onlyOnce(key) })).data!,
  );

/** Lets a cancelled or failed run go on. */
export const useResume = () =>
  useChange(async (id: string) => (await api.POST("/api/v1/generation-runs/{id}/resume/", onRun(id))).data!);

/** Asks for the words of a keyword; the answer is the job that finds them. */
export const useProposeWords = () =>
  useChange(async (body: WordsWanted) => (await api.POST("/api/v1/generation-runs/words/", { body })).data!);

export interface Decision {
  candidate: Candidate;
  verb: "approve" | "reject";
  /** Approve although its score says defect. */
  confirm?: boolean;
}

/** Approves or rejects one candidate, unless somebody decided in the meantime. */
export const useDecide = () =>
  useChange(async ({ candidate, verb, confirm = false }: Decision) => {
    const params = { path: { id: candidate.id } };
    const headers = ifMatch(candidate.version);
    return verb === "approve"
      ? (await api.POST("/api/v1/candidates/{id}/approve/", { params, headers, body: { confirm } })).data!
      : (await api.POST("/api/v1/candidates/{id}/reject/", { params, headers })).data!;
  }, showDecided);

/** The decided candidate is on the screen before all of them are asked for again. */
function showDecided(decided: Candidate, queryClient: QueryClient): void {
  queryClient.setQueryData(candidatesQuery(decided.run).queryKey, (candidates) =>
    candidates?.map((candidate) => (candidate.id === decided.id ? decided : candidate)),
  );
}

const onRun = (id: string) => ({ params: { path: { id } } });

/** Approves every waiting candidate that nothing speaks against. */
export const useApproveUnflagged = () =>
  useChange(async (id: string) => (await api.POST("/api/v1/generation-runs/{id}/approve/", onRun(id))).data!);

/** Takes all generated images of a run out of the pool. */
export const useRemoveGenerated = () =>
  useChange(async (id: string) => (await api.POST("/api/v1/generation-runs/{id}/remove/", onRun(id))).data!);

/** Puts removed images back. */
export function useUndoRemoval() {
  const undo = useChange(async (undo_id: string) =>
    api.POST("/api/v1/images/bulk/{undo_id}/undo/", { params: { path: { undo_id } } }),
  );
  return (undoId: string) => undo.mutate(undoId, { onError: tellFailure });
}

/** Starts a repair report with the champion's settings. */
export const useStartReport = () =>
  useChange(
    async (id: string) =>
      (await api.POST("/api/v1/generation-runs/{id}/report/", { ...onRun(id), body: {} })).data!,
  );
