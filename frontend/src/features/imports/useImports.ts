import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api } from "@/lib/api/client";
import { upload, type UploadProgress } from "@/lib/api/upload";
import type { components } from "@/lib/api/schema";
import { isRunning } from "@/lib/data/jobs";
import { nextCursor } from "@/lib/data/pages";

export type Delivery = components["schemas"]["ImportOut"];
export type DeliveryItem = components["schemas"]["ImportItemOut"];
export type Outcome = DeliveryItem["outcome"];

const LIVE_POLL_MS = 2500;

/** What images get whose place in the folders says nothing. */
export interface Defaults {
  label?: string;
  split?: string;
  station?: string;
  lot?: string;
}

/** What to import: files with their paths, one archive, or a folder of the server. */
export type Source =
  | { kind: "files"; files: readonly File[] }
  | { kind: "archive"; file: File }
  | { kind: "folder"; folder: string };

export const deliveriesQuery = (dataset: string) =>
  queryOptions({
    queryKey: ["imports", "list", dataset],
    queryFn: async (): Promise<Delivery[]> =>
      (await api.GET("/api/v1/imports/", { params: { query: { dataset } } })).data!.results,
    refetchInterval: ({ state: { data } }) =>
      data?.some(({ job }) => job && isRunning(job)) ? LIVE_POLL_MS : false,
  });

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ["imports", "one", id],
    queryFn: async (): Promise<Delivery> =>
      (await api.GET("/api/v1/imports/{id}/", { params: { path: { id } } })).data!,
    refetchInterval: ({ state: { data } }) => (data?.job && isRunning(data.job) ? LIVE_POLL_MS : false),
  });

export const itemsQuery = (id: string, outcome: Outcome) =>
  infiniteQueryOptions({
    queryKey: ["imports", "items", id, outcome],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) =>
      (
        await api.GET("/api/v1/imports/{import_id}/items/", {
          params: { path: { import_id: id }, query: { outcome, ...(pageParam && { cursor: pageParam }) } },
        })
      ).data!,
    getNextPageParam: nextCursor,
  });

/** The path of a chosen file within what was dropped: `train/good/1.png`. */
export function pathOf(file: File): string {
  const { path, webkitRelativePath } = file as File & { path?: string };
  return (path ?? (webkitRelativePath || file.name)).replace(/^\.?\//, "");
}

/** The multipart form of an import. */
export function formOf(dataset: string, source: Source, defaults: Defaults): FormData {
  const form = new FormData();
  form.set("dataset", dataset);
  form.set("defaults", JSON.stringify(defaults));
  if (source.kind === "archive") form.set("archive", source.file);
  else if (source.kind === "folder") form.set("folder", source.folder);
  else {
    for (const file of source.files) form.append("files", file, file.name);
    // A browser sends bare names only; the folders say label and split.
    form.set("paths", JSON.stringify(source.files.map(pathOf)));
  }
  return form;
}

interface Sending {
  source: Source;
  defaults: Defaults;
  onProgress: (progress: UploadProgress) => void;
  signal: AbortSignal;
}

/** Sends an import; the server answers at once and works on it as a job. */
export function useSendImport(dataset: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ source, defaults, onProgress, signal }: Sending) =>
      upload<Delivery>("/api/v1/imports/", formOf(dataset, source, defaults), { onProgress, signal }),
    onSuccess: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: ["imports"] }),
        queryClient.invalidateQueries({ queryKey: ["jobs"] }),
      ]),
  });
}
