import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { applyJobNews, type JobNews } from "@/lib/data/jobs";

import { followEvents, type LiveEvent, type LiveName } from "./stream";

const GATHER_MS = 700;

/** First parts of the query keys that an event makes old. */
const OLD_AFTER: Record<LiveName, readonly string[]> = {
  job: ["jobs", "imports", "training-runs", "pool-health", "generation-runs"],
  training: ["training-runs", "models", "policies", "datasets", "detectors"],
  inspection: ["images", "queue", "models"],
  review: ["images", "queue", "datasets", "models"],
  dataset: ["datasets", "images", "imports", "generation-runs"],
};

const FINAL_STATES = new Set(["succeeded", "failed", "cancelled"]);

/** What to ask the server again about, after `event`; a job's mere progress asks nothing. */
export function staleAfter(event: LiveEvent): readonly string[] {
  if (event.name !== "job" || FINAL_STATES.has(String(event.data["state"]))) return OLD_AFTER[event.name];
  return event.data["state"] === "queued" || !event.data["fraction"] ? ["jobs"] : [];
}

/** Keeps every screen of this tab in step with the team's live events. */
export function useLiveEvents(teamId: string | undefined): void {
  const queryClient = useQueryClient();
  useEffect(() => (teamId ? keepInStep(queryClient, teamId) : undefined), [queryClient, teamId]);
}

function keepInStep(queryClient: QueryClient, teamId: string): () => void {
  const stale = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Hundreds of events can come within a second; each list is asked for once.
  const refresh = () => {
    timer = undefined;
    for (const key of stale) void queryClient.invalidateQueries({ queryKey: [key] });
    stale.clear();
  };
  const stop = followEvents(teamId, (event) => {
    if (event.name === "job") applyJobNews(queryClient, event.data as JobNews);
    for (const key of staleAfter(event)) stale.add(key);
    if (stale.size > 0) timer ??= setTimeout(refresh, GATHER_MS);
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}
