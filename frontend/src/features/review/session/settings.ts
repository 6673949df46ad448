import { MAX_BRUSH_PX, MIN_BRUSH_PX } from "@/canvas/CanvasEngine";
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

const BRUSH_STEP = 1.25;
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
export class SettingsStore extends Store<Settings> {
  constructor(storage: Storage = localStorage) {
    super({ ...DEFAULTS, ...read(storage) });
    this.subscribe(() => storage.setItem(KEY, JSON.stringify(this.get())));
  }

  setTool(tool: ToolId): void {
    this.update({ tool });
  }

  scaleBrush(steps: number): void {
    const { brushPx } = this.get();
    // At small sizes a factor rounds to nothing: move by at least a pixel.
    const scaled = Math.round(brushPx * BRUSH_STEP ** steps);
    this.setBrushPx(scaled === brushPx ? brushPx + Math.sign(steps) : scaled);
  }

  setBrushPx(diameterPx: number): void {
    this.update({ brushPx: Math.min(MAX_BRUSH_PX, Math.max(MIN_BRUSH_PX, diameterPx)) });
  }

  /** Takes the wand; when it is in hand already, it compares the other of image and score. */
  takeWand(): void {
    const { tool, wandSource } = this.get();
    if (tool !== "wand") this.setTool("wand");
    else this.update({ wandSource: wandSource === "image" ? "score" : "image" });
  }
}

function read(storage: Storage): Partial<Settings> {
  try {
    return JSON.parse(storage.getItem(KEY) ?? "{}") as Partial<Settings>;
  } catch {
    return {};
  }
}
