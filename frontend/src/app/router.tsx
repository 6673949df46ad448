import { createBrowserRouter, Navigate, type RouteObject } from "react-router";

import { SignInPage } from "@/features/session/SignInPage";

import { RequireSession } from "./RequireSession";
import { RouteFailure } from "./RouteFailure";
import { Shell } from "./Shell";

/** Pages of one dataset, below `/datasets/:datasetId`. */
const datasetPages: RouteObject[] = [
  {
    index: true,
    lazy: async () => ({ Component: (await import("@/features/overview/OverviewPage")).OverviewPage }),
  },
  {
    path: "images",
    lazy: async () => ({ Component: (await import("@/features/images/ImagesPage")).ImagesPage }),
  },
  {
    path: "import",
    lazy: async () => ({ Component: (await import("@/features/imports/ImportPage")).ImportPage }),
  },
  {
    path: "import/:importId",
    lazy: async () => ({ Component: (await import("@/features/imports/DeliveryPage")).DeliveryPage }),
  },
  {
    path: "review",
    lazy: async () => ({ Component: (await import("@/features/review/ReviewPage")).ReviewPage }),
  },
  {
    path: "images/:imageId/history",
    lazy: async () => ({ Component: (await import("@/features/history/ImageHistoryPage")).ImageHistoryPage }),
  },
  {
    path: "disagreements",
    lazy: async () => ({
      Component: (await import("@/features/disagreements/DisagreementsPage")).DisagreementsPage,
    }),
  },
  {
    path: "thresholds",
    lazy: async () => ({ Component: (await import("@/features/thresholds/ThresholdsPage")).ThresholdsPage }),
  },
  {
    path: "pool",
    lazy: async () => ({ Component: (await import("@/features/pool/PoolPage")).PoolPage }),
  },
  {
    path: "repair",
    lazy: async () => ({ Component: (await import("@/features/repair/RepairPage")).RepairPage }),
  },
  {
    path: "repair/:runId",
    lazy: async () => ({ Component: (await import("@/features/repair/GenerationPage")).GenerationPage }),
  },
  {
    path: "train",
    lazy: async () => ({ Component: (await import("@/features/training/TrainPage")).TrainPage }),
  },
  {
    path: "train/:runId",
    lazy: async () => ({ Component: (await import("@/features/training/RunPage")).RunPage }),
  },
  {
    path: "models",
    lazy: async () => ({ Component: (await import("@/features/models/ModelsPage")).ModelsPage }),
  },
  {
    path: "models/compare",
    lazy: async () => ({ Component: (await import("@/features/models/ComparePage")).ComparePage }),
  },
  {
    path: "policies",
    lazy: async () => ({ Component: (await import("@/features/policies/PoliciesPage")).PoliciesPage }),
  },
];

const teamPages: RouteObject[] = [
  { index: true, element: <Navigate to="/datasets" replace /> },
  {
    path: "datasets",
    lazy: async () => ({ Component: (await import("@/features/datasets/DatasetsPage")).DatasetsPage }),
  },
  {
    path: "datasets/:datasetId",
    children: datasetPages.map((page) => ({ ...page, ErrorBoundary: RouteFailure })),
  },
  { path: "jobs", lazy: async () => ({ Component: (await import("@/features/jobs/JobsPage")).JobsPage }) },
  {
    path: "jobs/:jobId",
    lazy: async () => ({ Component: (await import("@/features/jobs/JobPage")).JobPage }),
  },
  { path: "team", lazy: async () => ({ Component: (await import("@/features/team/TeamPage")).TeamPage }) },
  {
    path: "audit",
    lazy: async () => ({ Component: (await import("@/features/audit/AuditPage")).AuditPage }),
  },
  { path: "*", Component: RouteFailure },
];

/** Every page of the application; pages load when first opened. */
export const routes: RouteObject[] = [
  { path: "/sign-in", Component: SignInPage, ErrorBoundary: RouteFailure },
  {
    path: "/",
    Component: RequireSession,
    ErrorBoundary: RouteFailure,
    HydrateFallback: () => null,
    children: [
      { Component: Shell, children: teamPages.map((page) => ({ ...page, ErrorBoundary: RouteFailure })) },
    ],
  },
];

export const createRouter = () => createBrowserRouter(routes);
