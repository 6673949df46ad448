import type { components } from "@/lib/api/schema";

export type HistoryEntry = components["schemas"]["HistoryEntry"];

/** A key of the strings and what to fill in. */
export interface Happening {
  key: string;
  values: Record<string, unknown>;
}

const FIELDS = ["label", "split"] as const;

type Fields = Readonly<Record<string, unknown>>;

/** What an entry of an image's history says, one happening for each thing that changed. */
export function happenings(entry: HistoryEntry): Happening[] {
  const detail = entry.detail as { before?: Fields; after?: Fields; changes?: Fields; number?: number };
  if (entry.kind === "mask") return [{ key: "history.mask", values: { number: detail.number } }];
  if (entry.action.endsWith("undo")) return [{ key: "history.undone", values: {} }];
  const found = changesOf(detail.before ?? {}, detail.after ?? detail.changes ?? {});
  return found.length > 0 ? found : [{ key: "history.other", values: { action: entry.action } }];
}

function changesOf(before: Fields, after: Fields): Happening[] {
  const found: Happening[] = [];
  for (const field of FIELDS) {
    const [from, to] = [before[field], after[field]];
    if (to !== undefined && to !== from) found.push({ key: `history.${field}`, values: { from, to } });
  }
  const quarantined = quarantineOf(after);
  if (quarantined !== undefined && quarantined !== (quarantineOf(before) ?? false)) {
    found.push({ key: quarantined ? "history.quarantined" : "history.released", values: {} });
  }
  return found;
}

function quarantineOf(state: Fields): boolean | undefined {
  if (typeof state["quarantined"] === "boolean") return state["quarantined"];
  return "quarantined_at" in state ? state["quarantined_at"] !== null : undefined;
}
