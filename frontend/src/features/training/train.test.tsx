import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";

import { complaintAbout, departures, wrongNames } from "@/components/schemaForm/schema";
import { renderRoute } from "@/testing/renderRoute";
import { NETWORK, RUN } from "@/testing/runs";
import { answer, makeJob, page, refusal, startServer } from "@/testing/server";

const server = startServer();
const PROPERTIES = {
  image_size: {
    type: "integer",
    title: "Image size",
    default: 224,
    minimum: 64,
    maximum: 2048,
    multipleOf: 32,
    group: "basic",
  },
  backbone: { type: "string", title: "Backbone", default: "lite0", enum: ["lite0", "wide"], group: "basic" },
  layer_scaling: { type: "boolean", title: "Layer scaling", default: true, group: "advanced" },
  seed: { type: "integer", title: "Seed", default: 0 },
} as const;
const DETECTOR = {
  name: "patchcore",
  title: "PatchCore",
  description: "A memory of normal patches.",
  schema: { properties: PROPERTIES },
};

beforeEach(() => server.use(answer("detectors/", [DETECTOR]), answer("training-runs/", page([]))));

describe("the training form", () => {
  it("sends only what differs from the defaults, and follows the run", async () => {
    let body: unknown;
    const run = { ...RUN, warnings: ["Only one normal image."] };
    server.use(
      http.post("*/api/v1/training-runs/", async ({ request }) => {
        body = await request.json();
        return HttpResponse.json(run, { status: 201 });
      }),
      answer("training-runs/r1/", run),
      answer("jobs/j1/", { ...makeJob(), log_tail: "08:00:02 Reading images\n" }),
    );
    const router = renderRoute("/datasets/d1/train");
    const size = await screen.findByLabelText("Image size");
    await userEvent.clear(size);
    await userEvent.type(size, "256");
    await userEvent.click(screen.getByRole("button", { name: "Start training" }));
    expect(await screen.findByText("Only one normal image.")).toBeVisible();
    expect(await screen.findByText(/08:00:02 Reading images/)).toBeVisible();
    expect(body).toEqual({
      dataset: "d1",
      detector: "patchcore",
      hyperparameters: { image_size: 256 },
      seed: 0,
    });
    expect(router.state.location.pathname).toBe("/datasets/d1/train/r1");
  });

  it("explains a wrong value and does not send it", async () => {
    renderRoute("/datasets/d1/train");
    const size = await screen.findByLabelText("Image size");
    await userEvent.clear(size);
    await userEvent.type(size, "100");
    expect(await screen.findByText("A multiple of 32.")).toBeVisible();
    expect(screen.getByRole("button", { name: "Start training" })).toBeDisabled();
  });

  it("puts the server's complaint at its field", async () => {
    server.use(
      http.post("*/api/v1/training-runs/", () =>
        refusal(400, "invalid", "image_size is too large for this machine.", "hyperparameters.image_size"),
      ),
    );
    renderRoute("/datasets/d1/train");
    await userEvent.click(await screen.findByRole("button", { name: "Start training" }));
    const size = await screen.findByLabelText("Image size");
    await screen.findAllByText("image_size is too large for this machine.");
    expect(size).toBeInvalid();
  });
});

describe("the preview of made-up defects", () => {
  const LEARNER = {
    name: "draem",
    title: "DRAEM",
    description: "Learns from made-up defects.",
    schema: {
      properties: {
        synthesis: {
          type: "string",
          title: "Synthesis",
          default: "mixed",
          enum: ["mixed", "marks"],
          group: "basic",
        },
        steps: { type: "integer", title: "Steps", default: 600, minimum: 0, group: "basic" },
      },
    },
  };

  it("is drawn with the settings in the form, and shown once its job has ended", async () => {
    let body: unknown;
    server.use(
      answer("detectors/", [LEARNER]),
      http.post("*/api/v1/detectors/draem/preview/", async ({ request }) => {
        body = await request.json();
        return HttpResponse.json(makeJob({ id: "p1", state: "queued" }), { status: 202 });
      }),
      answer("jobs/p1/", { ...makeJob({ id: "p1", state: "succeeded" }), log_tail: "" }),
    );
    renderRoute("/datasets/d1/train");
    await userEvent.clear(await screen.findByLabelText("Steps"));
    await userEvent.type(screen.getByLabelText("Steps"), "50");
    await userEvent.click(screen.getByRole("button", { name: "Show made-up defects" }));
    expect(await screen.findByRole("img", { name: /with made-up defects/ })).toHaveAttribute(
      "src",
      "/api/v1/detectors/draem/preview/p1/",
    );
    expect(body).toEqual({ dataset: "d1", hyperparameters: { steps: 50 }, seed: 0 });
  });

  it("says why there is none", async () => {
    server.use(
      answer("detectors/", [LEARNER]),
      http.post("*/api/v1/detectors/draem/preview/", () =>
        refusal(400, "no_normals", "There are no normal images in the train split to make defects on."),
      ),
    );
    renderRoute("/datasets/d1/train");
    await userEvent.click(await screen.findByRole("button", { name: "Show made-up defects" }));
    expect(await screen.findByText(/There are no normal images in the train split/)).toBeVisible();
  });

  it("is not offered where a detector learns from normal images alone", async () => {
    renderRoute("/datasets/d1/train");
    await screen.findByLabelText("Image size");
    expect(screen.queryByRole("button", { name: "Show made-up defects" })).not.toBeInTheDocument();
  });
});

describe("presets", () => {
  it("change what the form starts from, and only they and one's own changes are sent", async () => {
    let body: unknown;
    server.use(
      answer("detectors/", [NETWORK]),
      http.post("*/api/v1/training-runs/", async ({ request }) => {
        body = await request.json();
        return HttpResponse.json(RUN, { status: 201 });
      }),
      answer("training-runs/r1/", RUN),
    );
    renderRoute("/datasets/d1/train");
    expect(await screen.findByLabelText("Width")).toHaveValue("64");
    await userEvent.click(screen.getByRole("radio", { name: "One graphics card" }));
    expect(screen.getByLabelText("Width")).toHaveValue("256");
    expect(screen.queryByRole("combobox", { name: "Preset" })).not.toBeInTheDocument();
    await userEvent.clear(screen.getByLabelText("Epochs"));
    await userEvent.type(screen.getByLabelText("Epochs"), "5");
    await userEvent.click(screen.getByRole("button", { name: "Start training" }));
    await waitFor(() =>
      expect(body).toEqual({
        dataset: "d1",
        detector: "intra",
        hyperparameters: { preset: "gpu", epochs: 5 },
        seed: 0,
      }),
    );
  });

  it("tells how long the last run with the same preset took", async () => {
    const job = {
      ...makeJob(),
      state: "succeeded",
      started_at: "2026-01-05T08:00:00Z",
      finished_at: "2026-01-05T08:02:05Z",
    };
    const earlier = { ...RUN, job, detector: "intra", hyperparameters: { preset: "cpu" }, trigger: "person" };
    server.use(answer("detectors/", [NETWORK]), answer("training-runs/", page([earlier])));
    renderRoute("/datasets/d1/train");
    expect(await screen.findByText("The last run with this preset took 2 min 5 s.")).toBeVisible();
    await userEvent.click(screen.getByRole("radio", { name: "One graphics card" }));
    expect(screen.queryByText(/The last run/)).not.toBeInTheDocument();
  });
});

describe("schema rules", () => {
  it("complains as the server does", () => {
    const { image_size, backbone } = PROPERTIES;
    expect(complaintAbout(image_size, 224)).toBeNull();
    expect(complaintAbout(image_size, 32)).toEqual({ key: "minimum", limit: 64 });
    expect(complaintAbout(image_size, 4096)).toEqual({ key: "maximum", limit: 2048 });
    expect(complaintAbout(image_size, 224.5)).toEqual({ key: "integer" });
    expect(complaintAbout(image_size, "")).toEqual({ key: "number" });
    expect(complaintAbout(backbone, "vgg")?.key).toBe("enum");
    expect(wrongNames(PROPERTIES, { image_size: 1, backbone: "vgg" })).toEqual(["image_size", "backbone"]);
    expect(departures(PROPERTIES, { image_size: 224, layer_scaling: false })).toEqual({
      layer_scaling: false,
    });
  });
});
