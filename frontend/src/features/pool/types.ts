import type { components } from "@/lib/api/schema";
import type { Job, Label } from "@/lib/data/types";

type Schemas = components["schemas"];

export type Finding = Schemas["FindingOut"];
export type FindingKind = Schemas["FindingKindEnum"];
export type FindingPicture = Schemas["FindingPictureOut"];
export type FindingAction = Schemas["FindingActionOut"];
export type PoolMapData = Schemas["PoolMapOut"];

/** What a report found about one picture of a finding; which of it depends on the finding's kind. */
export interface PictureFigures {
  score?: number;
  value?: number | string;
  stands_out?: boolean;
  box_xyxy?: readonly [number, number, number, number];
  nearest?: string | null;
}

/** The numbers of a whole pool; empty until the report is there. */
export interface PoolFigures {
  images?: number;
  unreadable?: number;
  duplicate_images?: number;
  modes?: { sizes: number[]; evenness: number } | null;
  balance?: Record<string, { evenness: number; values: number; counts: Record<string, number> }>;
  time?: { by_month: Record<string, number>; unknown: number };
  suspicion?: { standing_out?: number };
}

export interface Report {
  id: string;
  job: Job;
  figures: PoolFigures;
  created_at: string;
  images_since: number;
  findings_by_kind: Partial<Record<FindingKind, number>>;
}

/** What to do about a finding; without `images` all of its images are meant; a merge leaves `keep`. */
export interface Wanted {
  action: FindingAction["action"];
  images?: string[];
  label?: Label;
  keep?: string;
}

export const KINDS: readonly FindingKind[] = [
  "suspected_mislabel",
  "normal_looking_defect",
  "near_duplicates",
  "small_mode",
  "quality_outlier",
  "uneven_metadata",
  "coverage_gap",
];
