import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { tell, tellFailure } from "@/components/feedback/notices";
import { api } from "@/lib/api/client";
import { ifMatch } from "@/lib/api/conditions";
import { ApiError } from "@/lib/api/problem";
import type { components } from "@/lib/api/schema";
import type { Model } from "@/lib/data/types";

export type Comparison = components["schemas"]["ModelComparisonOut"];
export type Flip = Comparison["flips"][number];

/** Two models side by side; the images that flip go from the first to the second. */
export const comparisonQuery = (ids: readonly [string, string]) =>
  queryOptions({
    queryKey: ["models", "compare", ...ids],
    queryFn: async (): Promise<Comparison> =>
      (await api.GET("/api/v1/models/compare/", { params: { query: { ids: ids.join(",") } } })).data!,
  });

export const promotionsQuery = (dataset: string) =>
  queryOptions({
    queryKey: ["models", "promotions", dataset],
    queryFn: async () =>
      (await api.GET("/api/v1/promotions/", { params: { query: { dataset } } })).data!.results,
  });

interface Move {
  model: Model;
  reason: string;
}

const addressed = (model: Model) => ({
  params: { path: { id: model.id } },
  headers: ifMatch(model.version),
});

/** Makes a model the champion. */
export const usePromote = () =>
  useMove("promoted", ({ model, reason }) =>
    api.POST("/api/v1/models/{id}/promote/", { ...addressed(model), body: { reason } }),
  );

/** Gives the champion's place back to the model before it. */
export const useRollback = () =>
  useMove("rolledBack", ({ model, reason }) =>
    api.POST("/api/v1/models/{id}/rollback/", { ...addressed(model), body: { reason } }),
  );

function useMove(done: string, send: (move: Move) => Promise<{ data?: Model }>) {
  const { t } = useTranslation("models");
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (move: Move) => (await send(move)).data!,
    onSuccess: (champion) => tell(t(done, { number: champion.number })),
    onError: (error) => {
      if (error instanceof ApiError && error.status === 412) tell(t("common:conflict.changed"));
      else tellFailure(error);
    },
    onSettled: () =>
      Promise.all(
        ["models", "images", "queue", "datasets"].map((key) =>
          queryClient.invalidateQueries({ queryKey: [key] }),
        ),
      ),
  });
}
