import { RegionCalculator } from "../canvas/regions/RegionCalculator";
import type { FromWorker, ToWorker } from "../canvas/regions/messages";

/** The region worker on the main thread: jsdom has no workers. */
export class DirectWorker {
  onmessage: ((event: { data: FromWorker }) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  private calculator: RegionCalculator | null = null;

  postMessage(message: ToWorker): void {
    if (message.kind === "scene") {
      this.calculator = new RegionCalculator(message.scene);
      return;
    }
    const spans = this.calculator!.answer(message.request);
    queueMicrotask(() => this.onmessage?.({ data: { number: message.number, spans, error: "" } }));
  }

  terminate(): void {
    this.onmessage = null;
  }
}
