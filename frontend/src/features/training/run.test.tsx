import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { lossNames, sideBySide } from "@/components/charts/curves";
import { renderRoute } from "@/testing/renderRoute";
import { NETWORK, RUN } from "@/testing/runs";
import { answer, makeJob, startServer } from "@/testing/server";

const server = startServer();
describe("the page of a run", () => {
  it("draws each stage for itself, shows what was learned from, and sums up", async () => {
    const curves = [
      { stage: "coarse", step: 1, losses: { total: 0.5 } },
      { stage: "fine", step: 1, losses: { l2: 0.00012 } },
      { stage: "coarse", step: 2, losses: { total: 0.25 } },
    ];
    const strips = [1, 9].map((step) => ({ id: `s${step}`, stage: "fine", step, picture_url: `/p${step}` }));
    const report = {
      steps: 90,
      planned_steps: 120,
      seconds: 75,
      share_of_paper: 0.0123,
      losses: { l2: 0.00012 },
      kept_step: 75,
    };
    server.use(
      answer("detectors/", [NETWORK]),
      answer("training-runs/r1/", { ...RUN, detector: NETWORK.name, curves, strips, report }),
      answer("jobs/j1/", { ...makeJob(), log_tail: "" }),
    );
    renderRoute("/datasets/d1/train/r1");
    const coarse = await screen.findByRole("radiogroup", { name: "Losses of the stage coarse" });
    await userEvent.click(within(coarse).getByRole("radio", { name: "Table" }));
    const table = screen.getByRole("table", { name: "Losses of the stage coarse" });
    expect(within(table).getByRole("cell", { name: "0.25" })).toBeVisible();
    expect(within(table).queryByText("l2")).not.toBeInTheDocument();
    const pictures = screen.getAllByRole("img", { name: /^fine, step/ });
    expect(pictures.map((picture) => picture.getAttribute("src"))).toEqual(["/p9", "/p1"]);
    expect(
      screen.getByText("90 of 120 planned steps in 1 min 15 s: 1.23 % of the published schedule."),
    ).toBeVisible();
    expect(screen.getByText("The network of step 75 did best on made-up defects and is kept.")).toBeVisible();
  });

  it("shows a run's settings by their titles, those that depart from the preset first", async () => {
    const run = {
      ...RUN,
      detector: NETWORK.name,
      hyperparameters: { width: 128, epochs: 30, preset: "gpu", texture_folder: "", more: ["a", "b"] },
    };
    server.use(
      answer("detectors/", [NETWORK]),
      answer("training-runs/r1/", run),
      answer("jobs/j1/", makeJob()),
    );
    renderRoute("/datasets/d1/train/r1");
    await screen.findByText("usually 256");
    const rows = screen.getAllByRole("row").map((row) => row.textContent);
    expect(rows).toEqual([
      "DetectorInTra",
      "Presetgpu",
      "Seed0",
      "Width128usually 256",
      "Epochs30",
      "morea, b",
    ]);
  });
});

describe("curves", () => {
  it("puts the losses of several trainings side by side over their steps", () => {
    const first = {
      name: "Model 1",
      points: [
        { step: 1, total: 3 },
        { step: 2, total: 2, l2: 1 },
      ],
    };
    const second = {
      name: "Model 2",
      points: [
        { step: 2, total: 9 },
        { step: 4, total: 8 },
      ],
    };
    expect(sideBySide([first, second], "total")).toEqual([
      { step: 1, "Model 1": 3 },
      { step: 2, "Model 1": 2, "Model 2": 9 },
      { step: 4, "Model 2": 8 },
    ]);
    expect(lossNames(first.points)).toEqual(["total", "l2"]);
  });
});
