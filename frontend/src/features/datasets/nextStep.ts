import type { Dataset } from "@/lib/data/types";

export interface NextStep {
  key: "import" | "label" | "open";
  /** Below the dataset's own path. */
  path: string;
  urgent: boolean;
}

/** What a dataset needs before anything else can happen with it. */
export function nextStep({ counts }: Pick<Dataset, "counts">): NextStep {
  if (counts.total === 0) return { key: "import", path: "/import", urgent: true };
  if (!counts.label["normal"]) return { key: "label", path: "/images", urgent: true };
  return { key: "open", path: "", urgent: false };
}
