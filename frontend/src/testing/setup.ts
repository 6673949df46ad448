import "@testing-library/jest-dom/vitest";
import "fake-indexeddb/auto";
import "@/lib/i18n";

import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

import { DirectWorker } from "./directWorker";

afterEach(cleanup);
// A page that loads when first opened can take seconds on a busy machine.
configure({ asyncUtilTimeout: 15_000 });

// jsdom has none of these; Mantine needs them.
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
Object.defineProperty(globalThis, "Worker", { value: DirectWorker });
Object.defineProperty(document, "fonts", { value: new EventTarget() });
