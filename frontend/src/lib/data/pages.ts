interface Page<Row> {
  next?: string | null;
  results: Row[];
}

/** The cursor inside a page's `next` link, or undefined on the last page. */
export function nextCursor(page: Page<unknown>): string | undefined {
  if (!page.next) return undefined;
  return new URL(page.next, globalThis.location.origin).searchParams.get("cursor") ?? undefined;
}

/** The rows of all pages fetched so far, in order. */
export function allRows<Row>(data: { pages: Page<Row>[] } | undefined): Row[] {
  return data?.pages.flatMap((page) => page.results) ?? [];
}
