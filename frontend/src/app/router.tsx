import { createBrowserRouter } from "react-router";

import { Shell } from "./Shell";

/** Every page of the application; heavy pages load when first opened. */
export function createRouter() {
  return createBrowserRouter([
    {
      element: <Shell />,
      children: [
        {
          path: "/datasets/:datasetId/review",
          lazy: async () => ({ Component: (await import("@/features/review/ReviewPage")).ReviewPage }),
        },
      ],
    },
  ]);
}
