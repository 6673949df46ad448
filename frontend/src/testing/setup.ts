import "@testing-library/jest-dom/vitest";
import "fake-indexeddb/auto";
import "@/lib/i18n";

import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

afterEach(cleanup);
// A busy machine is no failure.
configure({ asyncUtilTimeout: 10_000 });

// jsdom has neither of these; Mantine needs both. No `stubGlobal`: stubs are taken away before each test.
globalThis.ResizeObserver = class {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
};
Object.defineProperty(window, "matchMedia", {
  value: (query: string) => ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }),
});
