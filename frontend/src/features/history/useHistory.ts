import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { tell, tellFailure } from "@/components/feedback/notices";
import { api } from "@/lib/api/client";
import { ifMatch } from "@/lib/api/conditions";
import { ApiError } from "@/lib/api/problem";
import type { components } from "@/lib/api/schema";
import { annotationQuery } from "@/lib/data/annotations";
import type { Image } from "@/lib/data/types";

type Schemas = components["schemas"];
export type Revision = Schemas["AnnotationOut"];
export type Review = Schemas["Review"];

const PAGE_SIZE = 200;

export const useImage = (id: string) =>
  useQuery({
    queryKey: ["images", "one", id],
    queryFn: async (): Promise<Image> =>
      (await api.GET("/api/v1/images/{id}/", { params: { path: { id } } })).data!,
  });

/** Mask revisions of an image, newest first. */
export const useRevisions = (image: string) =>
  useQuery({
    queryKey: ["images", "revisions", image],
    queryFn: async (): Promise<Revision[]> =>
      (await api.GET("/api/v1/annotations/", { params: { query: { image, page_size: PAGE_SIZE } } })).data!
        .results,
  });

/** Verdicts on an image, newest first. */
export const useReviews = (image: string) =>
  useQuery({
    queryKey: ["images", "reviews", image],
    queryFn: async (): Promise<Review[]> =>
      (await api.GET("/api/v1/reviews/", { params: { query: { image, page_size: PAGE_SIZE } } })).data!
        .results,
  });

/** Makes an earlier mask count again, as a new revision: nothing in between is lost. */
export function useRestore(image: Image) {
  const { t } = useTranslation("history");
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (revision: Revision) => {
      const { layers } = await queryClient.query(annotationQuery(revision.id));
      return api.POST("/api/v1/annotations/", {
        params: { header: { "Idempotency-Key": crypto.randomUUID() } },
        headers: ifMatch(image.version),
        body: { image: image.id, tool: `restore:${revision.number}`, layers },
      });
    },
    onSuccess: () => tell(t("restored")),
    onError: (error) => {
      if (error instanceof ApiError && error.status === 412) tell(t("common:conflict.changed"));
      else tellFailure(error);
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["images"] }),
  });
}
