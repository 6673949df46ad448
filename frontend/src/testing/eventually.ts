import { vi } from "vitest";

/** Waits until a check passes; generously, since a busy machine is no failure. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 10_000 });
}
