import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";

import { complaintAbout, departures, wrongNames } from "@/components/schemaForm/schema";
import { renderRoute } from "@/testing/renderRoute";
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
    const run = { id: "r1", job: makeJob(), curves: [], warnings: ["Only one normal image."], seed: 0 };
    server.use(
      http.post("*/api/v1/training-runs/", async ({ request }) => {
        body = await request.json();
        return HttpResponse.json(run, { status: 201 });
      }),
      answer("training-runs/r1/", { ...run, detector: "patchcore", hyperparameters: {} }),
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
