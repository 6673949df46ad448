import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter } from "react-router";
import { RouterProvider } from "react-router/dom";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { layerId } from "@/canvas/MaskDocument";
import { eventually } from "@/testing/eventually";
import { MockReviewServer } from "@/testing/mockReviewServer";
import { mockTask, pretendToDecode } from "@/testing/mockTasks";

import { packTile } from "./api/tilePacking";
import { ReviewPage } from "./ReviewPage";

function open(): void {
  const routes = [{ path: "/datasets/:datasetId/review", Component: ReviewPage }];
  const router = createMemoryRouter(routes, { initialEntries: ["/datasets/dataset/review"] });
  render(
    <MantineProvider env="test">
      <Notifications />
      <RouterProvider router={router} />
    </MantineProvider>,
  );
}

/** jsdom draws nothing, so these see what a browser without WebGL2 sees. */
describe("ReviewPage", () => {
  let server: MockReviewServer;

  beforeEach(() => {
    server = new MockReviewServer([mockTask("first"), mockTask("second")]);
    vi.stubGlobal("fetch", server.handle);
    vi.stubGlobal("createImageBitmap", () => Promise.resolve(pretendToDecode()));
    vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
  });

  it("names the image, its band, why it is here and how many wait", async () => {
    open();
    expect(await screen.findByRole("heading", { name: "first.png" })).toBeVisible();
    expect(screen.getByText("Review")).toBeVisible();
    expect(screen.getByText(/close to a threshold/)).toBeInTheDocument();
    expect(screen.getByTestId("queue-length")).toHaveTextContent("2 images in the queue");
    expect(screen.getByRole("img", { name: /Image score 2.400 · T1 1.500 · T2 3.000/ })).toBeInTheDocument();
  });

  it("says that WebGL2 is missing and still takes verdicts", async () => {
    const user = userEvent.setup();
    open();
    expect(await screen.findByText(/no WebGL2/)).toBeVisible();
    await screen.findByRole("heading", { name: "first.png" });
    await user.click(screen.getByRole("button", { name: "Normal" }));
    expect(await screen.findByRole("heading", { name: "second.png" })).toBeVisible();
    await eventually(() => expect(server.verdicts[0]?.body.verdict).toBe("normal"));
  });

  it("works by keyboard to the empty queue, which offers the next step", async () => {
    const user = userEvent.setup();
    open();
    await screen.findByRole("heading", { name: "first.png" });
    await user.keyboard("a");
    await screen.findByRole("heading", { name: "second.png" });
    await user.keyboard("m");
    await user.keyboard("c");
    expect(await screen.findByRole("heading", { name: "The queue is empty" })).toBeVisible();
    expect(screen.getByRole("link", { name: "Train with these decisions" })).toHaveAttribute(
      "href",
      "/datasets/dataset/train",
    );
    expect(server.verdicts.map(({ body }) => body.verdict)).toEqual(["accept", "corrected"]);
  });

  it("looks further from the empty queue, and says when there is nothing left", async () => {
    server.passing = [mockTask("third")];
    const user = userEvent.setup();
    open();
    for (const name of ["first", "second"]) {
      await screen.findByRole("heading", { name: `${name}.png` });
      await user.keyboard("n");
    }
    await user.click(await screen.findByRole("button", { name: "Look further" }));
    expect(await screen.findByText("1 image came into the queue.")).toBeVisible();
    await screen.findByRole("heading", { name: "third.png" });
    await user.keyboard("n");
    await user.click(await screen.findByRole("button", { name: "Look further" }));
    expect(await screen.findByText("Every image that passes was looked at.")).toBeVisible();
  });

  it("lists the defect types as layers to draw on", async () => {
    const user = userEvent.setup();
    open();
    const pit = await screen.findByRole("button", { name: "Draw on Pit" });
    await user.click(pit);
    expect(pit).toHaveAttribute("aria-pressed", "true");
    await user.click(screen.getByRole("button", { name: "Hide Pit" }));
    expect(screen.getByRole("button", { name: "Show Pit" })).toBeVisible();
  });

  it("asks what to do when the mask was changed in another window", async () => {
    const user = userEvent.setup();
    open();
    await screen.findByRole("heading", { name: "first.png" });
    const place = { layerId: layerId({ kind: "defect", defectType: "scratch" }), row: 0, col: 0 };
    server.changeElsewhere("task-first", await packTile(place, new Uint8Array(512 * 512).fill(1, 40, 45)));
    await user.keyboard("m");
    const dialog = await screen.findByRole(
      "dialog",
      { name: "This mask was changed elsewhere" },
      { timeout: 5000 },
    );
    expect(await within(dialog).findAllByTestId("merge-tile")).toHaveLength(1);
    await user.click(within(dialog).getByRole("button", { name: "Merge" }));
    await eventually(() => expect(screen.getByTestId("save-state")).toHaveAttribute("data-state", "saved"));
    expect(server.drafts.get("task-first")!.version).toBe(2);
  });

  it("shows the keys on ?", async () => {
    const user = userEvent.setup();
    open();
    await screen.findByRole("heading", { name: "first.png" });
    await user.keyboard("?");
    expect(await screen.findByRole("dialog", { name: "Keys" })).toBeVisible();
  });
});
