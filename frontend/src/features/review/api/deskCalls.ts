import { api } from "@/lib/api/client";
import { ifMatch } from "@/lib/api/conditions";
import type { components } from "@/lib/api/schema";

import type { LookAlike, Pin } from "./types";

type Schemas = components["schemas"];
export type Together = Schemas["TogetherOutcome"];

export async function fetchPins(image: string): Promise<Pin[]> {
  const { data } = await api.GET("/api/v1/pins/", { params: { query: { image, page_size: 100 } } });
  return data?.results ?? [];
}

export async function createPin(body: Schemas["NewPinRequest"]): Promise<void> {
  const header = { "Idempotency-Key": crypto.randomUUID() };
  await api.POST("/api/v1/pins/", { params: { header }, body });
}

export async function changePin(pin: Pin, body: Schemas["PatchedPinChangeRequest"]): Promise<void> {
  const params = { path: { id: pin.id } };
  await api.PATCH("/api/v1/pins/{id}/", { params, headers: ifMatch(pin.version), body });
}

export async function deletePin(pin: Pin): Promise<void> {
  const params = { path: { id: pin.id } };
  await api.DELETE("/api/v1/pins/{id}/", { params, headers: ifMatch(pin.version) });
}

/** Waiting images that look like the one of a task. */
export async function fetchLookAlikes(task: string): Promise<LookAlike[]> {
  const { data } = await api.GET("/api/v1/review-tasks/{id}/look-alikes/", {
    params: { path: { id: task } },
  });
  return data ?? [];
}

/** One verdict on many of them. */
export async function judgeTogether(
  task: string,
  body: Schemas["TogetherVerdictRequest"],
): Promise<Together> {
  const header = { "Idempotency-Key": crypto.randomUUID() };
  const { data } = await api.POST("/api/v1/review-tasks/{id}/look-alikes/", {
    params: { path: { id: task }, header },
    body,
  });
  return data!;
}

/** How many images wait for this person. */
export async function fetchWaiting(dataset: string): Promise<number> {
  const { data } = await api.GET("/api/v1/review-tasks/summary/", { params: { query: { dataset } } });
  return data!.waiting_for_me;
}

const LOOKED_AT_TOGETHER = 25;

/** Asks for a look at what passes, the highest scores first; answers how many images that brought. */
export async function lookFurther(dataset: string): Promise<number> {
  const header = { "Idempotency-Key": crypto.randomUUID() };
  const body = { dataset, count: LOOKED_AT_TOGETHER };
  const { data } = await api.POST("/api/v1/review-tasks/further/", { params: { header }, body });
  return data?.length ?? 0;
}
