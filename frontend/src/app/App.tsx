import { MantineProvider } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { useState, useSyncExternalStore } from "react";
import { RouterProvider } from "react-router/dom";

import { createQueryClient } from "./queryClient";
import { createRouter } from "./router";
import { cssVariables, theme } from "./theme";

const REVIEW_PATH = /^\/datasets\/[^/]+\/review$/;

/** The whole application: theme, server state and routes. */
export function App() {
  const [router] = useState(createRouter);
  const [queryClient] = useState(createQueryClient);
  const path = useSyncExternalStore(
    (changed) => router.subscribe(changed),
    () => router.state.location.pathname,
  );
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="dark"
      // Pixels are always judged on the same dark ground.
      {...(REVIEW_PATH.test(path) && { forceColorScheme: "dark" as const })}
    >
      <QueryClientProvider client={queryClient}>
        <ModalsProvider>
          {/* Not at the right, where the verdict buttons are. */}
          <Notifications position="bottom-center" />
          <RouterProvider router={router} />
        </ModalsProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
