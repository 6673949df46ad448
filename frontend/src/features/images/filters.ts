import type { operations } from "@/lib/api/schema";
import type { Label, Split } from "@/lib/data/types";

export type ImageConditions = NonNullable<operations["images_list"]["parameters"]["query"]>;

/** What the image list may be narrowed by; every value is kept in the page's address. */
export const FILTER_KEYS = ["label", "split", "origin", "quarantined", "band", "filename"] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];
export type Filters = Partial<Record<FilterKey, string>>;

/** The filters as the server takes them; the band is a matter of inspections. */
export function conditionsOf({ label, split, origin, quarantined, filename }: Filters): ImageConditions {
  return {
    ...(label && { label: [label as Label] }),
    ...(split && { split: [split as Split] }),
    ...(origin && { origin: [origin as "captured" | "generated"] }),
    ...(quarantined && { quarantined: quarantined === "true" }),
    ...(filename && { filename }),
  };
}

/** Reads the filters out of an address; empty values do not count. */
export function readFilters(search: URLSearchParams): Filters {
  const filters: Filters = {};
  for (const key of FILTER_KEYS) {
    const value = search.get(key);
    if (value) filters[key] = value;
  }
  return filters;
}

/** The address parameters with one filter changed; other parameters stay. */
export function withFilter(search: URLSearchParams, key: FilterKey, value: string | null): URLSearchParams {
  const next = new URLSearchParams(search);
  if (value) next.set(key, value);
  else next.delete(key);
  return next;
}

/** The same address without any filter. */
export function withoutFilters(search: URLSearchParams): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const key of FILTER_KEYS) next.delete(key);
  return next;
}
