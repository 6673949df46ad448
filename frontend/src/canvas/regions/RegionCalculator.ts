import { componentAt, componentsTouching, holesOf, specksOf } from "../geometry/components";
import { floodSpans, type Plane } from "../geometry/flood";
import { predictedSpans, scoreAt, type ScoreMap } from "../geometry/scoreMap";
import { listSpans, tileSpans, type SpanList, type TileBytes } from "../geometry/spans";
import type { Picture } from "../picture";
import { greyPlane } from "./greyPlane";

/** What regions are found in. */
export interface RegionScene {
  widthPx: number;
  heightPx: number;
  picture: Picture;
  scoreMap: ScoreMap | null;
}

/** What can be asked. Scores are in the detector's units, pixels whole. */
export type RegionRequest =
  /** Everything at or above the threshold. */
  | { kind: "predicted"; threshold: number }
  /** The predicted region that holds a pixel. */
  | { kind: "predictedAt"; x: number; y: number; threshold: number }
  /** What is connected with a pixel and scores at most `tolerance` less. */
  | { kind: "scoreAt"; x: number; y: number; tolerance: number }
  /** What is connected with a pixel and differs from its grey by at most `tolerance` of the full scale. */
  | { kind: "imageAt"; x: number; y: number; tolerance: number }
  /** The predicted regions that a mask touches. */
  | { kind: "touched"; threshold: number; tiles: TileBytes[] }
  /** What a mask encloses. */
  | { kind: "holes"; tiles: TileBytes[] }
  /** The mask's components of fewer pixels. */
  | { kind: "specks"; leastPx: number; tiles: TileBytes[] };

/** Finds regions of one image; runs in a worker, where a large image does not hold up the brush. */
export class RegionCalculator {
  private readonly scene: RegionScene;
  private plane: Plane | null = null;

  constructor(scene: RegionScene) {
    this.scene = scene;
  }

  answer(request: RegionRequest): SpanList {
    switch (request.kind) {
      case "predicted":
        return this.predicted(request.threshold);
      case "predictedAt":
        return componentAt(this.predicted(request.threshold), request.x, request.y);
      case "scoreAt":
        return this.scoreAt(request.x, request.y, request.tolerance);
      case "imageAt":
        return this.imageAt(request.x, request.y, request.tolerance);
      case "touched":
        return componentsTouching(this.predicted(request.threshold), tileSpans(request.tiles));
      case "holes":
        return holesOf(tileSpans(request.tiles));
      case "specks":
        return specksOf(tileSpans(request.tiles), request.leastPx);
    }
  }

  private predicted(threshold: number): SpanList {
    const { scoreMap, widthPx, heightPx } = this.scene;
    if (!scoreMap) return new Int32Array();
    return listSpans((emit) => predictedSpans(scoreMap, threshold, widthPx, heightPx, emit));
  }

  private scoreAt(x: number, y: number, tolerance: number): SpanList {
    const { scoreMap, widthPx, heightPx } = this.scene;
    if (!scoreMap) return new Int32Array();
    const least = scoreAt(scoreMap, x, y, widthPx, heightPx) - tolerance;
    return componentAt(this.predicted(least), x, y);
  }

  private imageAt(x: number, y: number, tolerance: number): SpanList {
    this.plane ??= greyPlane(this.scene.picture);
    const fullScale = this.plane.values instanceof Uint16Array ? 65_535 : 255;
    // Half a level of slack: a tolerance of 3/255 means three levels, whatever the division rounds to.
    return floodSpans(this.plane, x, y, Math.floor(tolerance * fullScale + 0.5));
  }
}
