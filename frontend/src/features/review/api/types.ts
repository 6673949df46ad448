import type { components } from "@/lib/api/schema";

type Schemas = components["schemas"];

export type ReviewTask = Schemas["ReviewTask"];
export type ReviewDraft = Schemas["Draft"];
export type DraftLayer = Schemas["DraftLayer"];
export type TileChange = Schemas["TileChange"];
export type DefectType = Schemas["DefectType"];
export type Review = Schemas["Review"];
export type VerdictRequest = Schemas["VerdictRequest"];
export type Verdict = VerdictRequest["verdict"];
