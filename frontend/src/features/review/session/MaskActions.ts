import type { RegionRequest } from "@/canvas/regions/RegionCalculator";
import type { Regions } from "@/canvas/regions/Regions";
import { emitSpans, type SpanList } from "@/canvas/geometry/spans";
import type { MaskDocument } from "@/canvas/MaskDocument";
import type { Pick } from "@/canvas/tools";
import { Store } from "@/lib/store";

import { layerKindOf } from "./layers";
import type { LoadedTask } from "./loadTask";
import type { Settings } from "./settings";

/** What an action needs to know of the screen at the moment it begins. */
export interface MaskScreen {
  loaded: LoadedTask | null;
  activeLayer: string;
  threshold: number;
  scoreRange: readonly [low: number, high: number];
  window: readonly [low: number, high: number];
  settings: Settings;
}

export type MaskNotice = "noPrediction" | "noDefectLayer" | "nothingFound" | "regionFailed";

/**
 * What turns pixels or scores into mask at one stroke: the predicted mask, wands, growing, holes, specks.
 *
 * The regions are found in a worker; each answer is painted as one undo step on the layer that was in hand when
 * it was asked for, unless the image was changed meanwhile.
 */
export class MaskActions {
  /** How many answers are awaited. */
  readonly awaited = new Store(0);
  private readonly finder: Regions;
  private readonly screen: () => MaskScreen;
  private readonly notify: (notice: MaskNotice) => void;
  private tail: Promise<void> = Promise.resolve();

  constructor(finder: Regions, screen: () => MaskScreen, notify: (notice: MaskNotice) => void) {
    this.finder = finder;
    this.screen = screen;
    this.notify = notify;
  }

  setTask(loaded: LoadedTask | null): void {
    if (!loaded) {
      this.finder.setScene(null);
      return;
    }
    const { widthPx, heightPx } = loaded.document;
    this.finder.setScene({ widthPx, heightPx, picture: loaded.picture, scoreMap: loaded.scoreMap });
  }

  /** Resolves when nothing is awaited any more. */
  settled(): Promise<void> {
    return this.tail;
  }

  /** Replaces the active defect layer by the predicted mask. */
  usePrediction(): void {
    const { loaded, activeLayer, threshold } = this.screen();
    if (!loaded?.scoreMap) this.notify("noPrediction");
    else if (layerKindOf(activeLayer) !== "defect") this.notify("noDefectLayer");
    else {
      this.act({ kind: "predicted", threshold }, (document, spans) =>
        document.replace(activeLayer, (emit) => emitSpans(spans, emit)),
      );
    }
  }

  /** Adds every predicted region that the active layer touches. */
  growToContour(): void {
    const { loaded, threshold } = this.screen();
    if (!loaded?.scoreMap) this.notify("noPrediction");
    else this.paint({ kind: "touched", threshold, tiles: this.tiles() }, 1);
  }

  /** Fills what the active layer encloses. */
  fillHoles(): void {
    this.paint({ kind: "holes", tiles: this.tiles() }, 1);
  }

  /** Removes the active layer's components that are smaller than the chosen size. */
  removeSpecks(): void {
    const { settings } = this.screen();
    this.paint({ kind: "specks", leastPx: settings.speckPx, tiles: this.tiles() }, 0);
  }

  /** Adds (with Alt: takes away) the predicted region or the wand's region under a pixel. */
  pick({ tool, x, y, invert }: Pick): void {
    const { loaded, threshold, settings, scoreRange, window } = this.screen();
    const onScore = tool === "region" || settings.wandSource === "score";
    if (onScore && !loaded?.scoreMap) {
      this.notify("noPrediction");
      return;
    }
    const value = invert ? 0 : 1;
    const [low, high] = onScore ? scoreRange : window;
    const tolerance = settings.wandTolerance * (high - low);
    if (tool === "region") this.paint({ kind: "predictedAt", x, y, threshold }, value);
    else this.paint({ kind: onScore ? "scoreAt" : "imageAt", x, y, tolerance }, value);
  }

  private paint(request: RegionRequest, value: 0 | 1): void {
    const { activeLayer } = this.screen();
    this.act(request, (document, spans) => {
      if (spans.length === 0) this.notify("nothingFound");
      document.paint(activeLayer, value, (emit) => emitSpans(spans, emit));
    });
  }

  /** Asks now, and applies the answers in the order of the questions. */
  private act(request: RegionRequest, apply: (document: MaskDocument, spans: SpanList) => void): void {
    const document = this.screen().loaded?.document;
    if (!document) return;
    const found = this.finder.find(request);
    this.awaited.set(this.awaited.get() + 1);
    this.tail = this.tail
      .then(() => found)
      .then((spans) => {
        if (spans) apply(document, spans);
      })
      .catch(() => this.notify("regionFailed"))
      .finally(() => this.awaited.set(this.awaited.get() - 1));
  }

  private tiles() {
    const { loaded, activeLayer } = this.screen();
    const tiles = loaded ? [...loaded.document.mask(activeLayer).tiles()] : [];
    return tiles.map(({ row, col, bytes }) => ({ row, col, bytes }));
  }
}
