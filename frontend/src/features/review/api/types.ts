import type { components } from "@/lib/api/schema";

type Schemas = components["schemas"];

/** A task in this reviewer's hands: the server always leases what it hands out. */
export type ReviewTask = Omit<Schemas["ReviewTask"], "lease"> & { lease: Schemas["TaskLease"] };
export type ReviewDraft = Schemas["Draft"];
export type DraftLayer = Schemas["DraftLayer"];
export type TileChange = Schemas["TileChangeRequest"];
export type DefectType = Schemas["TaskDefectType"];
export type MaskRevision = Schemas["AnnotationOut"];
export type RevisionDetail = Schemas["AnnotationDetailOut"];
export type Explanation = Schemas["ExplanationOut"];
export type ExplainedImage = Schemas["ExplainedImage"];
export type Review = Schemas["Review"];
export type VerdictRequest = Schemas["VerdictRequest"];
export type Verdict = VerdictRequest["verdict"];
export type LeaseRequest = Schemas["LeaseInRequest"];
export type Pin = Schemas["Pin"];
export type LookAlike = Schemas["LookAlike"];
