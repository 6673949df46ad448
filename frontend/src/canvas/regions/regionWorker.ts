import type { FromWorker, ToWorker } from "./messages";
import { RegionCalculator } from "./RegionCalculator";

let calculator: RegionCalculator | null = null;

self.onmessage = ({ data }: MessageEvent<ToWorker>): void => {
  if (data.kind === "scene") {
    calculator = new RegionCalculator(data.scene);
    return;
  }
  const { number, request } = data;
  try {
    const spans = calculator!.answer(request);
    self.postMessage({ number, spans, error: "" } satisfies FromWorker, { transfer: [spans.buffer] });
  } catch (error) {
    self.postMessage({ number, spans: null, error: String(error) } satisfies FromWorker);
  }
};
