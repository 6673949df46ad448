import "@testing-library/jest-dom/vitest";
import "fake-indexeddb/auto";
import "@/lib/i18n";

import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

afterEach(cleanup);

// jsdom has neither of these; Mantine needs both.
// Defined rather than stubbed: stubs are taken back after each test.
Object.defineProperty(globalThis, "ResizeObserver", {
  value: class {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  },
});
Object.defineProperty(window, "matchMedia", {
  value: (query: string) => ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }),
});
