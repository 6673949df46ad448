import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { tell, tellFailure } from "@/components/feedback/notices";
import { api } from "@/lib/api/client";
import type { Model } from "@/lib/data/types";

import type { Cut } from "./imageRates";

/** Scores, labels and weights of every image whose answer is known. */
export const useReviewedScores = (model: string) =>
  useQuery({
    queryKey: ["models", "reviewed-scores", model],
    queryFn: async () => (await api.GET("/api/v1/reviewed-scores/", { params: { query: { model } } })).data!,
  });

/** Pixels of the newest such images, by score. */
export const useReviewedPixels = (model: string) =>
  useQuery({
    queryKey: ["models", "reviewed-pixels", model],
    queryFn: async () => (await api.GET("/api/v1/reviewed-pixels/", { params: { query: { model } } })).data!,
  });

/** Every set of thresholds that a model had, newest first. */
export const useThresholdHistory = (model: string) =>
  useQuery({
    queryKey: ["models", "thresholds", model],
    queryFn: async () =>
      (await api.GET("/api/v1/models/{id}/thresholds/", { params: { path: { id: model } } })).data!,
  });

interface Wanted extends Cut {
  pixelThreshold: number | null;
  reason: string;
}

/** Makes these the thresholds that count, with the reason; bands and the queue follow. */
export function useSaveThresholds(model: Model) {
  const { t } = useTranslation("thresholds");
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ t1, t2, pixelThreshold, reason }: Wanted) =>
      (
        await api.POST("/api/v1/models/{id}/thresholds/", {
          params: { path: { id: model.id }, header: { "Idempotency-Key": crypto.randomUUID() } },
          body: { t1, t2, pixel_threshold: pixelThreshold, reason },
        })
      ).data!,
    onSuccess: () => tell(t("saved")),
    onError: tellFailure,
    onSettled: () =>
      Promise.all(
        ["models", "queue", "images"].map((key) => queryClient.invalidateQueries({ queryKey: [key] })),
      ),
  });
}
