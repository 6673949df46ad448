import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import { renderRoute } from "@/testing/renderRoute";
import { answer, makeDataset, page, refusal, startServer } from "@/testing/server";

import { nextStep } from "./nextStep";

const server = startServer();

describe("datasets", () => {
  it("shows counts, the licence and the next step", async () => {
    renderRoute("/datasets");
    const card = await screen.findByRole("article", { name: "Solar cells" });
    expect(within(card).getByText("CC BY-NC-SA 4.0")).toBeVisible();
    expect(within(card).getByText("3 Normal")).toBeVisible();
    expect(within(card).getByRole("link", { name: "Open" })).toHaveAttribute("href", "/datasets/d1");
  });

  it("offers to create one where there is none, and leads on to its import", async () => {
    server.use(
      answer("datasets/", page([])),
      http.post("*/api/v1/datasets/", async ({ request }) => {
        const body = (await request.json()) as { name: string };
        return HttpResponse.json(makeDataset({}, body.name), { status: 201 });
      }),
      answer("imports/", page([])),
    );
    const router = renderRoute("/datasets");
    expect(await screen.findByText("No datasets yet")).toBeVisible();
    await userEvent.click(screen.getAllByRole("button", { name: "New dataset" })[0]!);
    await userEvent.type(await screen.findByLabelText(/^Name/), "Bolts");
    await userEvent.click(screen.getByRole("button", { name: "Create" }));
    expect(await screen.findByRole("heading", { name: "Import", level: 1 })).toBeVisible();
    expect(router.state.location.pathname).toBe("/datasets/d1/import");
  });

  it("shows the server's sentence and tries again", async () => {
    server.use(http.get("*/api/v1/datasets/", () => refusal(403, "not_allowed", "You may not see this.")));
    renderRoute("/datasets");
    expect(await screen.findByRole("alert")).toHaveTextContent("You may not see this.");
    server.use(answer("datasets/", page([makeDataset({ normal: 1 })])));
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("article", { name: "Solar cells" })).toBeVisible();
  });

  it("knows what comes next", () => {
    expect(nextStep(makeDataset()).key).toBe("import");
    expect(nextStep(makeDataset({ unlabelled: 5 })).key).toBe("label");
    expect(nextStep(makeDataset({ normal: 1 })).key).toBe("open");
  });
});
