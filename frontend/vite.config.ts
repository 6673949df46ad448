import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env["FLAWMARK_SERVER"] ?? "http://127.0.0.1:8000";

export default defineConfig(({ command }) => ({
  // Django serves index.html for every page and whitenoise the assets under this prefix.
  base: command === "build" ? "/static/app/" : "/",
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: server }, "/static": { target: server } },
  },
  build: { outDir: "dist", sourcemap: true, target: "es2023", chunkSizeWarningLimit: 700 },
  test: {
    environment: "jsdom",
    setupFiles: ["src/testing/setup.ts"],
    css: false,
    // A busy machine is no failure.
    testTimeout: 60_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
}));
