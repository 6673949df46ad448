import createClient, { type Middleware } from "openapi-fetch";

import { ApiError, toProblem } from "./problem";
import type { paths } from "./schema";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** The token that Django put into the cookie `csrftoken`; empty before the first page was served. */
export function csrfToken(cookies: string = document.cookie): string {
  const match = /(?:^|;\s*)csrftoken=([^;]+)/.exec(cookies);
  return match?.[1] ? decodeURIComponent(match[1]) : "";
}

const csrf: Middleware = {
  onRequest({ request }) {
    if (!SAFE_METHODS.has(request.method)) request.headers.set("X-CSRFToken", csrfToken());
    return request;
  },
};

const failures: Middleware = {
  async onResponse({ response }) {
    if (response.ok) return;
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => null);
    throw new ApiError(toProblem(body, response.status));
  },
  onError() {
    return new ApiError(toProblem(null, 0));
  },
};

/**
 * The typed client of `/api/v1`, generated from the server's OpenAPI schema. Every call either resolves
 * with `data` or throws `ApiError`.
 */
export const api = createClient<paths>({
  baseUrl: globalThis.location.origin,
  credentials: "same-origin",
  // Looked up at each call, so that tests can put their own in place.
  fetch: (request) => globalThis.fetch(request),
});
api.use(csrf, failures);
