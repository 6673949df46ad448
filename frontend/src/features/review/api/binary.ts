import { ApiError, toProblem } from "@/lib/api/problem";

/** Downloads anything but JSON. Throws `ApiError` as every other call does. */
export async function fetchBinary(url: string): Promise<Response> {
  const response = await fetch(url, { credentials: "same-origin" }).catch(() => {
    throw new ApiError(toProblem(null, 0));
  });
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => null);
  throw new ApiError(toProblem(body, response.status));
}
