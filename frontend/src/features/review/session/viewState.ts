import { FULL_WINDOW, readableWindow, type IntensityWindow } from "@/canvas/picture";
import type { Display, LayerStyle } from "@/canvas/render/frame";

import type { Verdict } from "../api/types";
import type { Shown } from "./Comparison";
import { layersOf, type LayerInfo } from "./layers";
import type { LoadedTask } from "./loadTask";
import { scoreScaleOf, type ScoreScale } from "./scoreScale";
import type { Settings } from "./settings";

/** What the panels show of the image on the screen. */
export interface ViewState {
  loaded: LoadedTask | null;
  scale: ScoreScale | null;
  /** The intensities in which this picture is readable. */
  readable: IntensityWindow;
  layers: LayerInfo[];
  activeLayer: string;
  hiddenLayers: ReadonlySet<string>;
  canUndo: boolean;
  canRedo: boolean;
  /** Whether any defect is drawn. */
  hasDefect: boolean;
  /** Whether the reviewer changed the mask since the image came to the screen. */
  edited: boolean;
  webgl: "ready" | "lost" | "missing";
  /** Whether another tab of this browser draws on this image. */
  elsewhere: boolean;
}

/** Why a verdict is not taken as things stand; keys of the translation. */
export type Objection = "emptyMask" | "editedMask" | "noPrediction";

export const EMPTY_VIEW: ViewState = {
  loaded: null,
  scale: null,
  readable: FULL_WINDOW,
  layers: [],
  activeLayer: "",
  hiddenLayers: new Set(),
  canUndo: false,
  canRedo: false,
  hasDefect: false,
  edited: false,
  webgl: "ready",
  elsewhere: false,
};

/** The panels' state for a task just brought to the screen; the layer in hand stays if it still exists. */
export function freshView(loaded: LoadedTask | null, previousLayer: string): Partial<ViewState> {
  const scale = loaded ? scoreScaleOf(loaded) : null;
  const layers = loaded ? layersOf(loaded.task.defect_types) : [];
  const kept = layers.find((layer) => layer.id === previousLayer && layer.kind === "defect");
  return {
    loaded,
    scale,
    layers,
    readable: loaded ? readableWindow(loaded.picture) : FULL_WINDOW,
    activeLayer: (kept ?? layers[0])?.id ?? "",
    hiddenLayers: new Set(),
    edited: false,
    elsewhere: false,
  };
}

/** What in the drawing contradicts a verdict; null when nothing does. */
export function objectionTo(
  verdict: Verdict,
  { loaded, scale, edited, hasDefect }: ViewState,
): Objection | null {
  if (verdict === "corrected" && loaded?.document.isEmpty()) return "emptyMask";
  if (verdict === "accept" && !scale) return "noPrediction";
  if (verdict === "accept" && edited && hasDefect) return "editedMask";
  return null;
}

/** What the canvas shall draw: the person's settings, and what is compared just now. */
export function displayOf(
  settings: Settings,
  view: ViewState,
  threshold: number,
  shown: Shown,
  window: IntensityWindow,
): Display {
  const { layers, hiddenLayers, scale } = view;
  const styles = layers.map(({ id, colour, kind }): [string, LayerStyle] => [
    id,
    { colour, kind, visible: !hiddenLayers.has(id) },
  ]);
  return {
    ...settings,
    ...looksOf(shown),
    intensityWindow: window,
    threshold,
    scoreRange: scale?.range ?? [0, 1],
    layers: new Map(styles),
  };
}

function looksOf(shown: Shown): Partial<Display> {
  if (shown === "mine") return {};
  if (shown === "prediction") return { maskVisible: false, scoreVisible: true, scoreMode: "area" };
  return { maskVisible: true, scoreVisible: false };
}
