import type { ScoreMap } from "@/canvas/geometry/scoreMap";
import { api } from "@/lib/api/client";
import { ApiError, toProblem } from "@/lib/api/problem";

import { fetchBinary } from "./binary";
import type { Review, ReviewDraft, ReviewTask, TileChange, VerdictRequest, LeaseRequest } from "./types";

const TASK = "/api/v1/review-tasks/{id}";

/** Which task is wanted; `but`: all but these, to load ahead; `task`: this one and no other. */
export interface Which {
  but?: string[];
  task?: string;
  band?: NonNullable<LeaseRequest["band"]>;
  reason?: NonNullable<LeaseRequest["reason"]>;
}

/** Leases the next task of a dataset; null when nothing waits for this person. */
export async function leaseTask(
  datasetId: string,
  { but: [after, ...loaded] = [], ...which }: Which = {},
): Promise<ReviewTask | null> {
  const ahead = after ? { prefetch: 1, after, loaded } : { prefetch: 0, loaded };
  const { data } = await api.POST("/api/v1/review-tasks/lease/", {
    body: { dataset: datasetId, ...ahead, ...which },
  });
  return data?.lease ? { ...data, lease: data.lease } : null;
}

/** A task as it is now. */
export async function fetchTask(id: string) {
  const { data } = await api.GET(`${TASK}/`, { params: { path: { id } } });
  return present(data);
}

export async function sendHeartbeat(task: ReviewTask): Promise<void> {
  const body = { lease_token: task.lease.token };
  await api.POST(`${TASK}/heartbeat/`, { params: { path: { id: task.id } }, body });
}

/** Gives a task back. The request outlives the page. */
export async function releaseTask(task: ReviewTask): Promise<void> {
  const body = { lease_token: task.lease.token };
  await api.POST(`${TASK}/release/`, { params: { path: { id: task.id } }, body, keepalive: true });
}

export async function fetchDraft(taskId: string): Promise<ReviewDraft> {
  const { data } = await api.GET(`${TASK}/draft/`, { params: { path: { id: taskId } } });
  return present(data);
}

/** Saves changed tiles on top of `version`; answers the new version. A lost race throws with status 412. */
export async function saveDraft(task: ReviewTask, version: number, changes: TileChange[]): Promise<number> {
  const { data } = await api.PATCH(`${TASK}/draft/`, {
    params: { path: { id: task.id }, header: { "If-Match": `"${version}"` } },
    body: { lease_token: task.lease.token, changes },
  });
  return present(data).version;
}

/** Gives the verdict. The same key repeats the same answer, so a retry never judges twice. */
export async function sendVerdict(taskId: string, key: string, body: VerdictRequest): Promise<Review> {
  const { data } = await api.POST(`${TASK}/verdict/`, {
    params: { path: { id: taskId }, header: { "Idempotency-Key": key } },
    body,
  });
  return present(data);
}

/** Takes a verdict back; its task is in this reviewer's hands again. */
export async function undoReview(reviewId: string): Promise<Review> {
  const { data } = await api.POST("/api/v1/reviews/{id}/undo/", { params: { path: { id: reviewId } } });
  return present(data);
}

/** Downloads a score map (little-endian, as every browser's own); null when it is not of the size it claims. */
export async function fetchScoreMap(link: {
  url: string;
  width: number;
  height: number;
  scale: number;
}): Promise<ScoreMap | null> {
  const { url, width, height, scale } = link;
  const buffer = await (await fetchBinary(url)).arrayBuffer();
  if (buffer.byteLength !== width * height * 2) return null;
  return { values: new Uint16Array(buffer), width, height, scale };
}

function present<T>(data: T | undefined): T {
  if (data === undefined) throw new ApiError(toProblem(null, 200));
  return data;
}
