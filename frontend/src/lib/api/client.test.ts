import { describe, expect, it, vi } from "vitest";

import { api, csrfToken } from "./client";
import { ApiError, isOffline } from "./problem";

const path = "/api/v1/reviews/{id}/undo/" as const;
const call = () => api.POST(path, { params: { path: { id: "r1" } } });

describe("api client", () => {
  it("reads Django's token out of the cookies", () => {
    expect(csrfToken("a=b; csrftoken=abc%3D; c=d")).toBe("abc=");
    expect(csrfToken("xcsrftoken=no")).toBe("");
  });

  it("turns problem+json into an ApiError with its code and sentence", async () => {
    const body = { title: "Gone", status: 409, code: "lease_lost", detail: "Another person has this image." };
    vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(body), { status: 409 })));
    const error: unknown = await call().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 409,
      code: "lease_lost",
      message: "Another person has this image.",
    });
    expect(isOffline(error)).toBe(false);
  });

  it("reports an unreachable server as offline", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("network")));
    const error: unknown = await call().catch((reason: unknown) => reason);
    expect(isOffline(error)).toBe(true);
  });

  it("sends the token with every unsafe request", async () => {
    document.cookie = "csrftoken=tok";
    const seen: (string | null)[] = [];
    vi.stubGlobal("fetch", (request: Request) => {
      seen.push(request.headers.get("X-CSRFToken"));
      return Promise.resolve(new Response(JSON.stringify({ id: "r1", task: "t1" })));
    });
    await call();
    expect(seen).toEqual(["tok"]);
  });
});
