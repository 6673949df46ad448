import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import type { Model } from "@/lib/data/types";
import { renderRoute } from "@/testing/renderRoute";
import { answer, page, startServer } from "@/testing/server";

const server = startServer();

const makeModel = (number: number, fields: Partial<Model>) => ({
  id: `m${number}`,
  dataset: "d1",
  number,
  stage: "candidate",
  trigger: "person",
  detector: "patchcore",
  hyperparameters: {},
  seed: 0,
  dataset_version_number: number,
  metrics: {},
  thresholds: null,
  version: 1,
  created_at: "2026-03-01T10:00:00Z",
  ...fields,
});

it("keeps models of repair reports apart, until one of them serves", async () => {
  const models = [
    makeModel(4, { trigger: "report" }),
    makeModel(3, { trigger: "report", stage: "champion" }),
    makeModel(2, { trigger: "report" }),
    makeModel(1, { stage: "retired" }),
  ];
  server.use(answer("models/", page(models)), answer("promotions/", page([])), answer("detectors/", []));
  renderRoute("/datasets/d1/models");
  expect(await screen.findByText("Show 2 models of repair reports")).toBeVisible();
  const boxes = () => screen.getAllByRole("checkbox");
  expect(boxes()).toHaveLength(2);
  await userEvent.click(screen.getByRole("switch"));
  expect(boxes()).toHaveLength(4);
});
