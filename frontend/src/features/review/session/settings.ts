import type { ToolId } from "@/canvas/tools";
import type { ScoreMode } from "@/canvas/render/frame";
import { Store } from "@/lib/store";

/** How this person likes to look and draw. Kept in the browser. */
export interface Settings {
  tool: ToolId;
  brushPx: number;
  scoreVisible: boolean;
  scoreMode: ScoreMode;
  scoreOpacity: number;
  maskVisible: boolean;
  maskOpacity: number;
  maskOutline: boolean;
  /** The window chosen by hand; used while `autoWindow` is off. */
  intensityWindow: [low: number, high: number];
  /** Show each image in the window in which it is readable. */
  autoWindow: boolean;
  /** What the wand compares. */
  wandSource: "image" | "score";
  /** How much the wand's region may differ, as a part of what is drawn from black to white, or cold to hot. */
  wandTolerance: number;
  /** Smaller components are specks. */
  speckPx: number;
}

const KEY = "flawmark.review.settings";

const DEFAULTS: Settings = {
  tool: "brush",
  brushPx: 8,
  scoreVisible: true,
  scoreMode: "heat",
  scoreOpacity: 0.5,
  maskVisible: true,
  maskOpacity: 0.4,
  maskOutline: true,
  intensityWindow: [0, 1],
  autoWindow: true,
  wandSource: "image",
  wandTolerance: 0.1,
  speckPx: 16,
};

/** The settings of this browser, written back whenever they change. */
export function createSettings(storage: Storage = localStorage): Store<Settings> {
  const store = new Store<Settings>({ ...DEFAULTS, ...read(storage) });
  store.subscribe(() => storage.setItem(KEY, JSON.stringify(store.get())));
  return store;
}

function read(storage: Storage): Partial<Settings> {
  try {
    return JSON.parse(storage.getItem(KEY) ?? "{}") as Partial<Settings>;
  } catch {
    return {};
  }
}
