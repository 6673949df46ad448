import { formatDecimal, formatMoment, formatPercent } from "@/components/format";

import type { Finding, FindingPicture, PictureFigures } from "./types";

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

/** What the numbers beneath a finding's pictures are; null where there are none, or they speak for themselves. */
export function hintFor({ kind, figures: given }: Pick<Finding, "kind" | "figures">): Sentence | null {
  const figures = given as Figures;
  if (kind === "suspected_mislabel") {
    const values = { cut: formatDecimal(figures["cut"] as number, 2) };
    return { key: figures["basis"] === "embedding" ? "finding.byEmbedding" : "finding.byModel", values };
  }
  if (kind !== "quality_outlier") return null;
  const measure = String(figures["measure"]);
  return {
    key: `finding.hint.${measure}`,
    values: { median: measured(measure, figures["median"] as number) },
  };
}

/** Shares as percentages; sharpness has no unit. */
const measured = (measure: string, value: number): string =>
  measure === "sharpness" ? formatDecimal(value, 2) : formatPercent(value);

const rareValues = (rare: Figures): string =>
  Object.entries(rare)
    .map(([value, count]) => `${value} (${String(count)})`)
    .join(", ");

/** What was found about one picture, as short text; empty where nothing was. */
export function noteOf(finding: Pick<Finding, "figures">, picture: Pick<FindingPicture, "figures">): string {
  const { score, value } = picture.figures as PictureFigures;
  if (score !== undefined) return formatDecimal(score, 2);
  if (typeof value === "number") return measured(String((finding.figures as Figures)["measure"]), value);
  return value ?? "";
}
