import type { SpanList } from "../geometry/spans";
import type { RegionRequest, RegionScene } from "./RegionCalculator";

/** To the worker: another image, or a question about the present one. */
export type ToWorker =
  { kind: "scene"; scene: RegionScene } | { kind: "request"; number: number; request: RegionRequest };

/** From the worker: the answer to a question, or why there is none. */
export interface FromWorker {
  number: number;
  spans: SpanList | null;
  error: string;
}
