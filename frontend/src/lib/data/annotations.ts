import { queryOptions } from "@tanstack/react-query";

import { api } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

export type Annotation = components["schemas"]["AnnotationDetailOut"];

/** One mask revision with its pixels. Revisions never change, so it is asked for once. */
export const annotationQuery = (id: string) =>
  queryOptions({
    queryKey: ["annotations", id],
    staleTime: Infinity,
    queryFn: async (): Promise<Annotation> =>
      (await api.GET("/api/v1/annotations/{id}/", { params: { path: { id } } })).data!,
  });
