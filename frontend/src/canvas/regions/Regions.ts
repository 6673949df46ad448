import type { SpanList } from "../geometry/spans";
import type { FromWorker, ToWorker } from "./messages";
import type { RegionRequest, RegionScene } from "./RegionCalculator";

interface Waiting {
  scene: RegionScene;
  resolve: (spans: SpanList | null) => void;
  reject: (error: Error) => void;
}

/** Finds regions in a worker, which starts, and gets the image, with the first question. */
export class Regions {
  private worker: Worker | null = null;
  private scene: RegionScene | null = null;
  private sent: RegionScene | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private lastNumber = 0;

  setScene(scene: RegionScene | null): void {
    this.scene = scene;
    // A large image's pixels must not stay behind in the worker.
    if (this.sent && this.sent !== scene) this.destroy();
  }

  /** Answers null when the image changed meanwhile. Rejects when the region cannot be found. */
  find(request: RegionRequest): Promise<SpanList | null> {
    const { scene } = this;
    if (!scene) return Promise.resolve(null);
    const worker = this.ready(scene);
    const number = ++this.lastNumber;
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { scene, resolve, reject });
      worker.postMessage({ kind: "request", number, request } satisfies ToWorker);
    });
  }

  destroy(): void {
    this.worker?.terminate();
    this.worker = null;
    this.sent = null;
    for (const { resolve } of this.waiting.values()) resolve(null);
    this.waiting.clear();
  }

  private ready(scene: RegionScene): Worker {
    this.worker ??= this.start();
    if (this.sent !== scene) {
      this.worker.postMessage({ kind: "scene", scene } satisfies ToWorker);
      this.sent = scene;
    }
    return this.worker;
  }

  private start(): Worker {
    const worker = new Worker(new URL("./regionWorker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.onAnswer(data);
    worker.onerror = (event) => {
      for (const { reject } of this.waiting.values()) reject(new Error(event.message));
      this.waiting.clear();
      this.destroy();
    };
    return worker;
  }

  private onAnswer({ number, spans, error }: FromWorker): void {
    const asked = this.waiting.get(number);
    this.waiting.delete(number);
    if (!asked) return;
    if (error) asked.reject(new Error(error));
    else asked.resolve(asked.scene === this.scene ? spans : null);
  }
}
