import type { components } from "@/lib/api/schema";

type Schemas = components["schemas"];

/** The server's shapes under the names that screens use. */
export type Session = Schemas["SessionOut"];
export type SessionTeam = Schemas["SessionTeam"];
export type Role = Schemas["RoleEnum"];
export type Job = Schemas["JobOut"];
export type JobDetail = Schemas["JobDetailOut"];
export type Dataset = Schemas["DatasetOut"];
export type DatasetCounts = Schemas["ImageCounts"];
export type Image = Schemas["ImageOut"];
export type Label = Schemas["LabelEnum"];
export type Split = Schemas["SplitEnum"];
export type Detector = Schemas["DetectorOut"];
export type TrainingRun = Schemas["TrainingRunOut"];
export type TrainingRunDetail = Schemas["TrainingRunDetailOut"];
export type TrainingReport = Schemas["TrainingReportOut"];
export type TrainingStrip = Schemas["TrainingStripOut"];
export type Model = Schemas["ModelVersionOut"];
export type Thresholds = Schemas["ThresholdsOut"];
export type Policy = Schemas["RetrainingPolicyOut"];
export type Band = Schemas["BandEnum"];
