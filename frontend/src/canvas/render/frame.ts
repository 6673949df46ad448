import type { LayerKind } from "../MaskDocument";
import type { Size, View } from "../geometry/view";

/** How the score map is drawn. */
export type ScoreMode = "heat" | "area" | "outline";

/** One mask layer's looks. */
export interface LayerStyle {
  colour: string;
  kind: LayerKind;
  visible: boolean;
}

/** What the reviewer chose to see. All of it is uniforms: changing it costs one frame and no upload. */
export interface Display {
  scoreVisible: boolean;
  scoreMode: ScoreMode;
  scoreOpacity: number;
  /** Pixel threshold in the detector's units. */
  threshold: number;
  /** Scores drawn as the first and the last colour. */
  scoreRange: readonly [low: number, high: number];
  maskVisible: boolean;
  maskOpacity: number;
  maskOutline: boolean;
  /** Intensities, 0 … 1, stretched to black and white. */
  intensityWindow: readonly [low: number, high: number];
  layers: ReadonlyMap<string, LayerStyle>;
}

/** The geometry of one frame. Sizes are device pixels except `image`. */
export interface Frame {
  image: Size;
  viewport: Size;
  /** Device pixels per image pixel and offset. */
  view: View;
  /** True while the reviewer holds the key that shows the bare image. */
  bare: boolean;
  /** True while another picture stands in the image's place. */
  blink: boolean;
}

/** Whether the image lies on the screen as in another frame. */
export function isSamePlace(a: Frame, b: Frame): boolean {
  return (
    a.view.scale === b.view.scale &&
    a.view.x === b.view.x &&
    a.view.y === b.view.y &&
    a.viewport.width === b.viewport.width &&
    a.viewport.height === b.viewport.height
  );
}

export const DEFAULT_DISPLAY: Display = {
  scoreVisible: true,
  scoreMode: "heat",
  scoreOpacity: 0.55,
  threshold: 0,
  scoreRange: [0, 1],
  maskVisible: true,
  maskOpacity: 0.45,
  maskOutline: true,
  intensityWindow: [0, 1],
  layers: new Map(),
};
