import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { renderRoute } from "@/testing/renderRoute";
import { answer, makeDataset, makeImage, page, refusal, startServer } from "@/testing/server";

const server = startServer();
const IMAGES = [1, 2, 3, 4].map((number) => makeImage(number));

interface Bulk {
  ids: string[];
  changes: object;
}

/** Answers bulk changes, and remembers what was asked. */
function bulkServer() {
  const asked: Bulk[] = [];
  const undone: string[] = [];
  server.use(
    http.post("*/api/v1/images/bulk/", async ({ request }) => {
      asked.push((await request.json()) as Bulk);
      return HttpResponse.json({ undo_id: "b1", changed: 2, unchanged: 0, refused: 0, outcomes: [] });
    }),
    http.post("*/api/v1/images/bulk/:id/undo/", ({ params }) => {
      undone.push(String(params["id"]));
      return HttpResponse.json({ undo_id: null, changed: 2, unchanged: 0, refused: 0, outcomes: [] });
    }),
  );
  return { asked, undone };
}

beforeEach(() => {
  // jsdom lays nothing out: a virtual list needs to hear that it is visible.
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(800);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(600);
  server.use(
    answer("images/", page(IMAGES)),
    answer("images/counts/", makeDataset({ unlabelled: 4 }).counts),
    answer("images/:id/history/", []),
  );
});

const option = (name: RegExp) => screen.findByRole("option", { name });

describe("images", () => {
  it("starts a repair from the selection", async () => {
    let body: unknown;
    server.use(
      answer("generation-runs/", page([])),
      answer("generation-runs/options/", { schema: { properties: {} } }),
      http.post("*/api/v1/generation-runs/", async ({ request }) => {
        body = await request.json();
        return refusal(400, "not_real_normals", "2 of these images cannot be generated from.");
      }),
    );
    const user = userEvent.setup();
    renderRoute("/datasets/d1/images");
    await user.click(await option(/part-1/));
    await user.keyboard("{Shift>}");
    await user.click(await option(/part-2/));
    await user.keyboard("{/Shift}");
    await user.click(screen.getByRole("button", { name: "Repair from these" }));
    expect(await screen.findByLabelText("The 2 selected images")).toBeChecked();
    await user.type(screen.getByLabelText("Keyword"), "bottle");
    await user.click(screen.getByRole("button", { name: "Generate" }));
    expect(await screen.findByText("2 of these images cannot be generated from.")).toBeVisible();
    expect(body).toMatchObject({ dataset: "d1", images: ["i1", "i2"] });
  });

  it("relabels a range chosen with shift, and takes it back", async () => {
    const { asked, undone } = bulkServer();
    const user = userEvent.setup();
    renderRoute("/datasets/d1/images");
    await user.click(await option(/part-2/));
    await user.keyboard("{Shift>}");
    await user.click(await option(/part-4/));
    await user.keyboard("{/Shift}");
    expect(screen.getByText("3 selected")).toBeVisible();
    await user.click(within(screen.getByRole("toolbar")).getByRole("button", { name: "Normal" }));
    expect(asked).toMatchObject([{ ids: ["i2", "i3", "i4"], changes: { label: "normal" } }]);
    await user.click(await screen.findByRole("button", { name: "Undo" }));
    await vi.waitFor(() => expect(undone).toEqual(["b1"]));
  });

  it("works by keyboard alone", async () => {
    const { asked } = bulkServer();
    const user = userEvent.setup();
    renderRoute("/datasets/d1/images");
    await option(/part-1/);
    screen.getByRole("listbox", { name: "Images" }).focus();
    await user.keyboard("{ArrowRight} {Shift>}{ArrowRight}{/Shift}");
    expect(await screen.findByText("2 selected")).toBeVisible();
    await user.keyboard("d");
    await vi.waitFor(() =>
      expect(asked).toMatchObject([{ ids: ["i1", "i2"], changes: { label: "defective" } }]),
    );
  });

  it("says so when somebody else was faster, and sends the version it saw", async () => {
    let condition = "";
    server.use(
      http.patch("*/api/v1/images/i1/", ({ request }) => {
        condition = request.headers.get("If-Match") ?? "";
        return refusal(412, "stale", "Somebody changed this in the meantime.");
      }),
    );
    const user = userEvent.setup();
    renderRoute("/datasets/d1/images");
    await user.click(await option(/part-1/));
    await user.click(await screen.findByRole("switch", { name: /In quarantine/ }));
    expect(await screen.findByText(/Their version is shown now/)).toBeVisible();
    expect(condition).toBe('"3"');
  });

  it("keeps its filters in the address, and clears them", async () => {
    let asked = "";
    server.use(
      http.get("*/api/v1/images/", ({ request }) => {
        asked = new URL(request.url).search;
        return HttpResponse.json(page(asked.includes("label=defective") ? [] : IMAGES));
      }),
    );
    const user = userEvent.setup();
    const router = renderRoute("/datasets/d1/images?label=defective&split=test");
    expect(await screen.findByText("No image matches these filters")).toBeVisible();
    expect(asked).toContain("split=test");
    await user.click(screen.getAllByRole("button", { name: "Clear filters" })[0]!);
    expect(await option(/part-1/)).toBeVisible();
    expect(router.state.location.search).toBe("");
  });
});
