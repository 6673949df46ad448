import { formatDecimal, formatMoment } from "@/components/format";

import type { Finding } from "./types";

/** A key of the strings and what to fill in. */
export interface Sentence {
  key: string;
  values: Record<string, unknown>;
}

type Figures = Record<string, unknown>;

/** What a finding says, in one sentence. */
export function sentenceFor(finding: Pick<Finding, "kind" | "figures" | "image_count">): Sentence {
  const figures = finding.figures as Figures;
  const count = finding.image_count;
  switch (finding.kind) {
    case "near_duplicates":
      return figures["exact"]
        ? { key: "finding.exact", values: { count } }
        : {
            key: "finding.near",
            values: { count, likeness: formatDecimal(figures["likeness"] as number, 2) },
          };
    case "suspected_mislabel":
      return { key: "finding.suspected_mislabel", values: { count: figures["standing_out"] } };
    case "quality_outlier":
      return { key: `finding.${String(figures["measure"])}`, values: { count } };
    case "uneven_metadata":
      return {
        key: "finding.uneven_metadata",
        values: { attribute: figures["attribute"], rare: rareValues(figures["rare"] as Figures) },
      };
    case "coverage_gap":
      return {
        key: "finding.coverage_gap",
        values: {
          days: figures["days"],
          from: formatMoment(figures["from"] as string),
          until: formatMoment(figures["until"] as string),
        },
      };
    default:
      return { key: `finding.${finding.kind}`, values: figures };
  }
}

const rareValues = (rare: Figures): string =>
  Object.entries(rare)
    .map(([value, count]) => `${value} (${String(count)})`)
    .join(", ");

/** What was found about one picture, as short text; empty where nothing was. */
export function noteOf(figures: unknown): string {
  const known = figures as { score?: number; value?: number | string };
  if (known.score !== undefined) return formatDecimal(known.score, 2);
  if (typeof known.value === "number") return formatDecimal(known.value, 2);
  return known.value ?? "";
}
