import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { tell, tellFailure } from "@/components/feedback/notices";
import { api } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";
import type { Image } from "@/lib/data/types";

type Schemas = components["schemas"];
export type Disagreement = Schemas["Disagreement"];
export type Side = Schemas["DisagreementReview"];
export type ReviewerWeek = Schemas["ReviewerWeek"];
export type QueueSettings = Schemas["QueueSettingsOut"];

/** What waits for a lead, oldest first: whoever waits longest is answered first. */
export const useOpenDisagreements = (dataset: string) =>
  useQuery({
    queryKey: ["queue", "disagreements", dataset],
    queryFn: async (): Promise<Disagreement[]> => {
      const query = { dataset, settled: false, page_size: 100 };
      const page = (await api.GET("/api/v1/disagreements/", { params: { query } })).data!;
      return page.results.reverse();
    },
  });

export const useImage = (id: string) =>
  useQuery({
    queryKey: ["images", "one", id],
    queryFn: async (): Promise<Image> =>
      (await api.GET("/api/v1/images/{id}/", { params: { path: { id } } })).data!,
  });

/** Decides for one of the two verdicts. */
export function useSettle() {
  const { t } = useTranslation("disagreements");
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, side, comment }: { id: string; side: Side; comment: string }) =>
      api.POST("/api/v1/disagreements/{id}/settle/", {
        params: { path: { id } },
        body: { in_favour_of: side.id, comment },
      }),
    onSuccess: () => tell(t("settled")),
    onError: tellFailure,
    onSettled: () =>
      Promise.all(["queue", "images"].map((key) => queryClient.invalidateQueries({ queryKey: [key] }))),
  });
}

export const useAgreement = (dataset: string) =>
  useQuery({
    queryKey: ["queue", "agreement", dataset],
    queryFn: async (): Promise<ReviewerWeek[]> =>
      (await api.GET("/api/v1/reviewer-agreement/", { params: { query: { dataset, weeks: 26 } } })).data!,
  });

interface VersionedSettings {
  settings: QueueSettings;
  etag: string;
}

export const useQueueSettings = (dataset: string) =>
  useQuery({
    queryKey: ["queue", "settings", dataset],
    queryFn: async (): Promise<VersionedSettings> => {
      const params = { path: { dataset_id: dataset } };
      const { data, response } = await api.GET("/api/v1/queue-settings/{dataset_id}/", { params });
      return { settings: data!, etag: response.headers.get("ETag") ?? "*" };
    },
  });

/** Changes how the queue is filled, only if nobody else changed it since it was shown. */
export function useChangeQueueSettings(dataset: string) {
  const { t } = useTranslation("disagreements");
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ settings, etag }: VersionedSettings) =>
      api.PATCH("/api/v1/queue-settings/{dataset_id}/", {
        params: { path: { dataset_id: dataset }, header: { "If-Match": etag } },
        body: settings,
      }),
    onSuccess: () => tell(t("rules.saved")),
    onError: tellFailure,
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["queue", "settings", dataset] }),
  });
}
