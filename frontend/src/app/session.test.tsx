import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import { safeNext } from "@/features/session/SignInPage";
import { renderRoute } from "@/testing/renderRoute";
import { answer, page, refusal, SESSION, startServer } from "@/testing/server";

const server = startServer();
const signedOut = () =>
  http.get("*/api/v1/session/", () => refusal(401, "not_authenticated", "Sign in first."));

describe("signing in", () => {
  it("leads back to the page that was wanted", async () => {
    server.use(
      signedOut(),
      http.post("*/api/v1/session/", () => {
        server.use(answer("session/", SESSION), answer("audit/", page([])));
        return HttpResponse.json(SESSION);
      }),
    );
    const router = renderRoute("/audit");
    await userEvent.type(await screen.findByLabelText("User name"), "olga");
    await userEvent.type(screen.getByLabelText("Password"), "secret");
    await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
    expect(await screen.findByRole("heading", { name: "Audit" })).toBeVisible();
    expect(router.state.location.pathname).toBe("/audit");
  });

  it("says in a sentence why it was refused", async () => {
    server.use(
      signedOut(),
      http.post("*/api/v1/session/", () =>
        refusal(400, "wrong_credentials", "The user name or the password is wrong."),
      ),
    );
    renderRoute("/sign-in");
    await userEvent.type(await screen.findByLabelText("User name"), "olga");
    await userEvent.type(screen.getByLabelText("Password"), "wrong");
    await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("The user name or the password is wrong.");
  });

  it("sends a person whose session ended to the sign-in page", async () => {
    server.use(http.get("*/api/v1/audit/", () => refusal(401, "not_authenticated", "Sign in first.")));
    const router = renderRoute("/audit");
    expect(await screen.findByRole("button", { name: "Sign in" })).toBeVisible();
    expect(router.state.location.search).toBe("?next=%2Faudit");
  });

  it("never leaves the application afterwards", () => {
    expect(safeNext("/datasets/1?label=normal")).toBe("/datasets/1?label=normal");
    for (const elsewhere of [null, "", "https://evil.example", "//evil.example", "/\\evil.example"]) {
      expect(safeNext(elsewhere)).toBe("/datasets");
    }
  });
});
