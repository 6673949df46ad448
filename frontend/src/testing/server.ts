import { http, HttpResponse, type JsonBodyType } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll } from "vitest";

import type { Dataset, Image, Job, Session } from "@/lib/data/types";

const api = (path: string) => `*/api/v1/${path}`;

/** An answer of the API to a GET. */
export const answer = (path: string, body: JsonBodyType) =>
  http.get(api(path), () => HttpResponse.json(body));

/** One page that holds every row. */
export const page = <Row extends JsonBodyType>(results: Row[]) => ({ next: null, previous: null, results });

/** A refusal as `application/problem+json`. */
export const refusal = (status: number, code: string, detail: string, field?: string) =>
  HttpResponse.json({ type: `urn:flawmark:${code}`, title: code, status, code, detail, field }, { status });

export const SESSION: Session = {
  id: "u1",
  username: "olga",
  email: "",
  teams: [
    { id: "t1", name: "Line 1", role: "owner", scopes: ["admin", "predict", "read", "review", "write"] },
  ],
};

/** A dataset with so many images of each label. */
export function makeDataset(counts: Partial<Record<string, number>> = {}, name = "Solar cells"): Dataset {
  const total = Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const label = { unlabelled: 0, normal: 0, defective: 0, ...counts } as Record<string, number>;
  return {
    id: "d1",
    name,
    description: "",
    licence: "CC BY-NC-SA 4.0",
    region_of_interest: null,
    archived_at: null,
    created_at: "2026-01-05T08:00:00Z",
    version: 1,
    defect_types: [],
    counts: { total, quarantined: 0, label, split: {}, origin: {} },
  };
}

export function makeImage(number: number, fields: Partial<Image> = {}): Image {
  return {
    id: `i${number}`,
    dataset: "d1",
    sha256: "0".repeat(64),
    filename: `part-${number}.png`,
    width_px: 224,
    height_px: 224,
    channels: 1,
    bit_depth: 8,
    label: "unlabelled",
    split: "unassigned",
    origin: "captured",
    lot: "lot 7",
    quarantined_at: null,
    quarantine_reason: "",
    labelled_by: null,
    labelled_at: null,
    current_revision: null,
    version: 3,
    created_at: "2026-01-05T08:00:00Z",
    content_url: `/api/v1/images/i${number}/content/`,
    thumbnail_url: `/api/v1/images/i${number}/thumbnail/`,
    ...fields,
  };
}

export function makeJob(fields: Partial<Job> = {}): Job {
  return {
    id: "j1",
    kind: "training.train",
    title: "Train PatchCore on Solar cells",
    queue: "cpu",
    state: "running",
    fraction: 0.4,
    message: "Reading images",
    eta_s: 12,
    attempt: 1,
    error_code: "",
    error_detail: "",
    result: {},
    subject_type: "",
    subject_id: null,
    created_at: "2026-01-05T08:00:00Z",
    started_at: "2026-01-05T08:00:01Z",
    finished_at: null,
    cancel_requested_at: null,
    ...fields,
  };
}

/** A server for the tests of one file: signed in, with one dataset and nothing running. */
export function startServer() {
  const server = setupServer(
    answer("session/", SESSION),
    answer("datasets/", page([makeDataset({ normal: 3 })])),
    answer("datasets/d1/", makeDataset({ normal: 3 })),
    answer("jobs/", page<JsonBodyType>([])),
  );
  beforeAll(() => {
    // This tab never leads, so no stream of live events is opened: those have tests of their own.
    const locks = { request: () => new Promise<never>(() => undefined) };
    Object.defineProperty(navigator, "locks", { value: locks, configurable: true });
    server.listen();
  });
  afterEach(() => server.resetHandlers());
  afterAll(() => server.close());
  return server;
}
