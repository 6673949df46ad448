import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";

import { renderRoute } from "@/testing/renderRoute";
import { answer, makeJob, page, refusal, startServer } from "@/testing/server";

import { nextWaiting } from "./decisions";

const server = startServer();

const OPTIONS = {
  schema: {
    properties: {
      mode: { type: "string", title: "Mode", default: "sample", enum: ["sample", "mean"], group: "basic" },
      iterations: { type: "integer", title: "Iterations", default: 10, group: "basic" },
    },
  },
};
const RUN = {
  id: "g1",
  dataset: "d1",
  keyword: "bottle",
  prompt: "a bottle with glass",
  count: 2,
  seed: 0,
  source_count: 4,
  warnings: ["There is one image."],
  waiting: 2,
  approved: 0,
  rejected: 0,
  pooled: 0,
  copy_distance: 0.05,
  judged_by_number: 3,
  job: makeJob({ state: "succeeded", title: "Generate 2 normals of bottle" }),
  words: [
    { word: "glass", prompt: "a bottle with glass", similarity: 0.31, distance: 1.2, status: "chosen" },
    { word: "wig", prompt: "a bottle with wig", similarity: 0.02, distance: 3.4, status: "outlier" },
  ],
  iterations: [
    { index: 0, score: 0.21, best: true },
    { index: 1, score: 0.18, best: false },
  ],
  sheets: [{ id: "s1", iteration: 0, picture_url: "/api/v1/generation-runs/g1/sheets/s1/" }],
  curves: [],
};

function makeCandidate(position: number, fields: object = {}) {
  return {
    id: `c${position}`,
    run: "g1",
    position,
    state: "waiting",
    version: 1,
    provenance: {},
    nearest_image: "i1",
    nearest_filename: "part-1.png",
    nearest_distance: 0.4,
    is_copy: false,
    image_score: 1.5,
    band: "pass",
    score_limit: 2,
    looks_defective: false,
    in_pool: false,
    picture_url: `/api/v1/candidates/c${position}/picture/`,
    thumbnail_url: `/api/v1/candidates/c${position}/thumbnail/`,
    ...fields,
  };
}

const COMPARISON = {
  without: 0.9,
  with_generated: 0.93,
  difference: 0.03,
  low: -0.01,
  high: 0.06,
  outcome: "undecided",
};
const TRAINING = { id: "r1", detector: "patchcore", seed: 7, job: makeJob(), model_number: null };
const REPORT = {
  id: "p1",
  run: "g1",
  state: "training",
  generated_images: 2,
  without: TRAINING,
  with_generated: { ...TRAINING, id: "r2" },
  job: null,
  figures: null as object | null,
};

beforeEach(() =>
  server.use(
    answer("generation-runs/", page([])),
    answer("generation-runs/options/", OPTIONS),
    answer("generation-runs/g1/", RUN),
    answer("jobs/j1/", { ...RUN.job, log_tail: "" }),
    answer("candidates/", page([makeCandidate(1, { looks_defective: true }), makeCandidate(0)])),
    http.get("*/api/v1/generation-runs/g1/report/", () => refusal(404, "no_report", "None yet.")),
  ),
);

describe("starting a repair", () => {
  it("sends the keyword with what differs from the defaults, for the finding's images", async () => {
    let body: unknown;
    server.use(
      answer("findings/f1/", { id: "f1", image_count: 4 }),
      http.post("*/api/v1/generation-runs/", async ({ request }) => {
        body = await request.json();
        return HttpResponse.json(RUN, { status: 201 });
      }),
    );
    const router = renderRoute("/datasets/d1/repair?finding=f1");
    expect(await screen.findByLabelText("The 4 images of the finding")).toBeChecked();
    expect(screen.getByRole("button", { name: "Generate" })).toBeDisabled();
    await userEvent.type(screen.getByLabelText("Keyword"), "bottle");
    await userEvent.clear(screen.getByLabelText("Iterations"));
    await userEvent.type(screen.getByLabelText("Iterations"), "2");
    await userEvent.click(screen.getByRole("button", { name: "Generate" }));
    await waitFor(() => expect(router.state.location.pathname).toBe("/datasets/d1/repair/g1"));
    expect(body).toEqual({
      dataset: "d1",
      keyword: "bottle",
      prompt: "",
      count: 30,
      seed: 0,
      options: { iterations: 2 },
      finding: "f1",
    });
  });

  it("shows the words of a keyword first, and takes one of them as the prompt", async () => {
    const found = makeJob({
      id: "j2",
      state: "succeeded",
      result: { words: RUN.words, warnings: ["Beware."] },
    });
    server.use(
      http.post("*/api/v1/generation-runs/words/", () => HttpResponse.json(found, { status: 202 })),
      answer("jobs/j2/", { ...found, log_tail: "" }),
    );
    renderRoute("/datasets/d1/repair");
    await userEvent.type(await screen.findByLabelText("Keyword"), "bottle");
    await userEvent.click(screen.getByRole("button", { name: "Show words" }));
    expect(await screen.findByText("Beware.")).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Use “a bottle with wig”" }));
    expect(screen.getByLabelText("Prompt")).toHaveValue("a bottle with wig");
  });
});

describe("a cancelled generation", () => {
  it("goes on in a new job when it is resumed", async () => {
    const cancelled = { ...RUN, waiting: 0, job: makeJob({ state: "cancelled" }) };
    let resumed = 0;
    server.use(
      answer("generation-runs/g1/", cancelled),
      answer("jobs/j1/", { ...cancelled.job, log_tail: "" }),
      answer("jobs/j2/", { ...makeJob({ id: "j2", state: "running" }), log_tail: "" }),
      http.post("*/api/v1/generation-runs/g1/resume/", () => {
        resumed += 1;
        const run = { ...cancelled, job: makeJob({ id: "j2", state: "running" }) };
        server.use(answer("generation-runs/g1/", run));
        return HttpResponse.json(run);
      }),
    );
    renderRoute("/datasets/d1/repair/g1");
    await userEvent.click(await screen.findByRole("button", { name: "Resume" }));
    expect(await screen.findByRole("button", { name: "Cancel" })).toBeVisible();
    expect(screen.queryByRole("button", { name: "Resume" })).not.toBeInTheDocument();
    expect(resumed).toBe(1);
  });
});

describe("deciding on candidates", () => {
  it("approves by a key, asks before it approves what may be a defect, and goes on to the next", async () => {
    const sent: unknown[] = [];
    server.use(
      http.post("*/api/v1/candidates/:id/approve/", async ({ request, params }) => {
        sent.push([params["id"], request.headers.get("If-Match"), await request.json()]);
        return HttpResponse.json(makeCandidate(0, { state: "approved", in_pool: true }));
      }),
    );
    renderRoute("/datasets/d1/repair/g1");
    expect(await screen.findByAltText("Candidate 1")).toBeVisible();
    expect(screen.getByText("Generated: Candidate 1")).toBeVisible();
    await userEvent.keyboard("a");
    expect(await screen.findByAltText("Candidate 2")).toBeVisible();
    expect(sent).toEqual([["c0", '"1"', { confirm: false }]]);
    expect(screen.getByText("May show a defect")).toBeVisible();
    await userEvent.keyboard("a");
    await userEvent.click(await screen.findByRole("button", { name: "Approve all the same" }));
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[1]).toEqual(["c1", '"1"', { confirm: true }]);
  });

  it("shows words, scores of the sets, warnings, and the best set", async () => {
    renderRoute("/datasets/d1/repair/g1");
    expect(await screen.findByText("There is one image.")).toBeVisible();
    const words = screen.getByRole("table", { name: "Words" });
    expect(within(words).getByText("a bottle with wig")).toBeVisible();
    expect(screen.getByAltText("Pictures of the set of iteration 1")).toBeVisible();
    expect(screen.getByText("0.2100")).toBeVisible();
  });

  it("finds the next waiting candidate, around the end if need be", () => {
    const at = (...states: string[]) =>
      states.map((state, number) => ({ id: `c${number}`, state }) as { id: string; state: "waiting" });
    expect(nextWaiting(at("waiting", "approved", "waiting"), 0)).toBe(2);
    expect(nextWaiting(at("waiting", "approved", "waiting"), 2)).toBe(0);
    expect(nextWaiting(at("approved", "rejected"), 0)).toBe(1);
    expect(nextWaiting(at("approved"), 0)).toBe(0);
    expect(nextWaiting(at("waiting", "waiting", "waiting"), 0, new Set(["c0", "c1"]))).toBe(2);
  });
});

describe("the repair report", () => {
  it("says how far it is, and then honestly what it shows", async () => {
    let report = REPORT;
    server.use(
      answer("generation-runs/g1/", { ...RUN, pooled: 2, approved: 2, waiting: 0 }),
      http.get("*/api/v1/generation-runs/g1/report/", () => HttpResponse.json(report)),
    );
    renderRoute("/datasets/d1/repair/g1");
    expect(await screen.findByText("Training without")).toBeVisible();
    expect(screen.getByRole("button", { name: "Train and compare" })).toBeDisabled();
    report = {
      ...REPORT,
      state: "done",
      figures: {
        image_auroc: COMPARISON,
        pixel_auroc: null,
        confidence: 0.95,
        resamples: 2000,
        test_normals: 10,
        test_defectives: 12,
      },
    };
    expect(
      await screen.findByText(/Undecided: the interval of Image AUROC/, {}, { timeout: 8000 }),
    ).toBeVisible();
    expect(screen.getByText("−0.010 … +0.060")).toBeVisible();
    expect(screen.queryByText("Pixel AUROC")).toBeNull();
  });
});
