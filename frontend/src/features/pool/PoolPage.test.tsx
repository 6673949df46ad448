import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";

import { renderRoute } from "@/testing/renderRoute";
import { answer, makeDataset, makeJob, page, startServer } from "@/testing/server";

const server = startServer();
const PATH = "/datasets/d1/pool";
const REPORT = {
  id: "r1",
  dataset: "d1",
  job: makeJob({ state: "succeeded" }),
  figures: { images: 212, duplicate_images: 2, modes: { sizes: [208, 4], evenness: 0.13 } },
  created_at: "2026-01-05T08:00:00Z",
  images_since: 3,
  findings_by_kind: { near_duplicates: 1, small_mode: 1 },
};
const picture = (number: number) => ({
  id: `i${number}`,
  rank: number,
  figures: {},
  filename: `part-${number}.png`,
  label: "normal",
  split: "train",
  quarantined_at: null,
  thumbnail_url: `/thumb/${number}`,
});
const COPIES = {
  id: "f1",
  report: "r1",
  dataset: "d1",
  kind: "near_duplicates",
  severity: 0.5,
  figures: { exact: true, likeness: 1 },
  image_count: 2,
  pictures: [picture(0), picture(1)],
  actions: [],
};
const MODE = {
  ...COPIES,
  id: "f2",
  kind: "small_mode",
  figures: { mode: 2, images: 4, pool: 212, modes: 2 },
};

beforeEach(() => server.use(answer("datasets/d1/", makeDataset())));

function withReport(): void {
  server.use(
    answer("pool-health/", page([REPORT])),
    answer("pool-health/r1/", REPORT),
    http.get("*/api/v1/findings/", ({ request }) => {
      const kind = new URL(request.url).searchParams.get("kind");
      return HttpResponse.json(page([kind === "small_mode" ? MODE : COPIES]));
    }),
  );
}

describe("the pool page", () => {
  it("offers to look at a pool that nobody has looked at", async () => {
    const asked: unknown[] = [];
    server.use(
      answer("pool-health/", page([])),
      http.post("*/api/v1/pool-health/", async ({ request }) => {
        asked.push(await request.json());
        return HttpResponse.json(REPORT, { status: 201 });
      }),
    );
    renderRoute(PATH);
    await userEvent.click((await screen.findAllByRole("button", { name: "Look at the pool" }))[0]!);
    await waitFor(() => expect(asked).toEqual([{ dataset: "d1" }]));
  });

  it("sends the chosen pictures with the action, and offers to take it back", async () => {
    withReport();
    const sent: unknown[] = [];
    const done = { id: "a1", finding: "f1", action: "quarantine", images: ["i1"], changed: 1 };
    server.use(
      http.post("*/api/v1/findings/f1/act/", async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json(done, { status: 201 });
      }),
      http.post("*/api/v1/finding-actions/a1/undo/", () => {
        sent.push("undone");
        return HttpResponse.json(done);
      }),
    );
    renderRoute(PATH);
    const card = await screen.findByRole("region", { name: "2 images have the same pixels" });
    await userEvent.click(within(card).getByRole("button", { name: "Choose part-1.png" }));
    await userEvent.click(within(card).getByRole("button", { name: "Quarantine" }));
    await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
    await waitFor(() => expect(sent).toEqual([{ action: "quarantine", images: ["i1"] }, "undone"]));
  });

  it("keeps the one copy that was chosen, and merges the others into it", async () => {
    withReport();
    const sent: unknown[] = [];
    server.use(
      http.post("*/api/v1/findings/f1/act/", async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json({ id: "a1", finding: "f1", action: "merge", images: ["i0"], changed: 1 });
      }),
    );
    renderRoute(PATH);
    const card = await screen.findByRole("region", { name: "2 images have the same pixels" });
    await userEvent.click(within(card).getByRole("button", { name: "Choose part-1.png" }));
    await userEvent.click(within(card).getByRole("button", { name: "Keep the chosen one" }));
    await waitFor(() => expect(sent).toEqual([{ action: "merge", keep: "i1" }]));
  });

  it("shows a picture beside its copy, to move on and choose by keys", async () => {
    withReport();
    renderRoute(PATH);
    await userEvent.click(await screen.findByRole("button", { name: "Look at part-0.png" }));
    const dialog = await screen.findByRole("dialog", { name: "part-0.png" });
    expect(within(dialog).getByAltText("What it is compared with")).toHaveAttribute(
      "src",
      "/api/v1/images/i1/content/",
    );
    await userEvent.keyboard("{ArrowRight}c");
    expect(await screen.findByRole("dialog", { name: "part-1.png" })).toBeVisible();
    expect(within(dialog).getByRole("button", { name: "Chosen" })).toHaveAttribute("aria-pressed", "true");
  });

  it("leads from a small mode to its repair", async () => {
    withReport();
    renderRoute(`${PATH}?kind=small_mode`);
    const link = await screen.findByRole("link", { name: "Repair this mode" });
    expect(link).toHaveAttribute("href", "/datasets/d1/repair?finding=f2");
    expect(screen.getByText("Mode 2 has 4 images of 212")).toBeVisible();
    expect(screen.getByText("3 images of the pool came or were changed since.")).toBeVisible();
  });
});
