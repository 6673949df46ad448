import {
  infiniteQueryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { tell, tellFailure, tellWithUndo } from "@/components/feedback/notices";
import { api } from "@/lib/api/client";
import { ifMatch } from "@/lib/api/conditions";
import { ApiError } from "@/lib/api/problem";
import { nextCursor } from "@/lib/data/pages";
import type { Band, Image, Label, Split } from "@/lib/data/types";

import { conditionsOf, type Filters, type ImageConditions } from "./filters";

const PAGE_SIZE = 200;
// Their ids go into an address, which must not grow too long.
const BAND_PAGE_SIZE = 100;

interface ImagePage {
  results: Image[];
  next?: string | null;
}

/** What can be said about one image or many. */
export interface Changes {
  label?: Label;
  split?: Split;
  quarantined?: boolean;
}

const imagesQuery = (dataset: string, filters: Filters) =>
  infiniteQueryOptions({
    queryKey: ["images", "list", dataset, filters],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }): Promise<ImagePage> =>
      filters.band
        ? imagesOfBand(dataset, filters, pageParam)
        : imagesOf({
            dataset,
            ...conditionsOf(filters),
            page_size: PAGE_SIZE,
            ...(pageParam && { cursor: pageParam }),
          }),
    getNextPageParam: nextCursor,
  });

async function imagesOf(query: ImageConditions): Promise<ImagePage> {
  // The server reads a list of ids from one value, separated by commas.
  const querySerializer = { array: { style: "form", explode: false } } as const;
  const page = (await api.GET("/api/v1/images/", { params: { query }, querySerializer })).data!;
  return { ...page, results: page.results };
}

/** A band belongs to inspections, so their list leads and the images follow it. */
async function imagesOfBand(dataset: string, filters: Filters, cursor?: string): Promise<ImagePage> {
  const { band, ...others } = filters;
  const query = {
    dataset,
    champion: true,
    band: [band as Band],
    page_size: BAND_PAGE_SIZE,
    ...(cursor && { cursor }),
  };
  const page = (await api.GET("/api/v1/inspections/", { params: { query } })).data!;
  const ids = [...new Set(page.results.map((inspection) => inspection.image))];
  if (ids.length === 0) return { results: [], next: page.next ?? null };
  const found = await imagesOf({ dataset, ...conditionsOf(others), ids, page_size: PAGE_SIZE });
  const rank = new Map(ids.map((id, index) => [id, index]));
  found.results.sort((a, b) => rank.get(a.id)! - rank.get(b.id)!);
  return { results: found.results, next: page.next ?? null };
}

export const useImages = (dataset: string, filters: Filters) =>
  useInfiniteQuery(imagesQuery(dataset, filters));

/** How many images the filters leave; a band is not counted by the server. */
export function useImageCounts(dataset: string, filters: Filters) {
  return useQuery({
    queryKey: ["images", "counts", dataset, filters],
    enabled: !filters.band,
    queryFn: async () =>
      (await api.GET("/api/v1/images/counts/", { params: { query: { dataset, ...conditionsOf(filters) } } }))
        .data!,
  });
}

/** Changes many images at once, says what was refused, and offers to take it back. */
export function useBulkChange(dataset: string) {
  const { t } = useTranslation("images");
  const queryClient = useQueryClient();
  const refresh = async () => {
    await queryClient.invalidateQueries({ queryKey: ["images"] });
    await queryClient.invalidateQueries({ queryKey: ["datasets"] });
  };
  const undo = useMutation({
    mutationFn: (id: string) =>
      api.POST("/api/v1/images/bulk/{undo_id}/undo/", { params: { path: { undo_id: id } } }),
    onSuccess: () => tell(t("undone")),
    onError: tellFailure,
    onSettled: refresh,
  });
  return useMutation({
    mutationFn: async ({ ids, changes }: { ids: string[]; changes: Changes }) =>
      (await api.POST("/api/v1/images/bulk/", { body: { dataset, ids, changes } })).data!,
    onSuccess: (outcome) => {
      const refused = outcome.outcomes.filter((one) => one.outcome === "refused");
      if (refused[0]) tellFailure(new ApiError({ status: 409, code: "refused", detail: refusal(refused) }));
      const undoId = outcome.undo_id;
      if (outcome.changed > 0 && undoId)
        tellWithUndo(t("changed", { count: outcome.changed }), () => undo.mutate(undoId));
    },
    onError: tellFailure,
    onSettled: refresh,
  });
  function refusal(refused: { reason: string }[]): string {
    return t("refused", { count: refused.length, reason: refused[0]?.reason });
  }
}

/** Changes one image, only if nobody else changed it since it was shown. */
export function useImageChange() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ image, changes }: { image: Image; changes: Changes }) =>
      (
        await api.PATCH("/api/v1/images/{id}/", {
          params: { path: { id: image.id } },
          headers: ifMatch(image.version),
          body: changes,
        })
      ).data!,
    onError: (error) => {
      if (error instanceof ApiError && error.status === 412) tell(t("conflict.changed"));
      else tellFailure(error);
    },
    onSettled: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: ["images"] }),
        queryClient.invalidateQueries({ queryKey: ["datasets"] }),
      ]),
  });
}
