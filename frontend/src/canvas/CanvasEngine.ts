import { CanvasInput } from "./CanvasInput";
import type { Point } from "./geometry/rect";
import { scoreAt } from "./geometry/scoreMap";
import { toImage, type Size, type View } from "./geometry/view";
import { KeyboardPointer } from "./KeyboardPointer";
import type { MaskDocument } from "./MaskDocument";
import { Overlay } from "./Overlay";
import type { Picture } from "./picture";
import type { Display } from "./render/frame";
import { Stage, type Scene } from "./Stage";
import { createTools, type Pick, type Tool, type ToolContext, type ToolId } from "./tools";
import { ViewControl } from "./ViewControl";

/** The pixel under the pointer, for the status line. */
export interface Probe {
  x: number;
  y: number;
  score: number | null;
}

export interface EngineEvents {
  onScale?: (scale: number) => void;
  onView?: (view: View) => void;
  onProbe?: (probe: Probe | null) => void;
  onContext?: (state: "ready" | "lost") => void;
  /** A pixel was clicked with a tool that only names one. */
  onPick?: (pick: Pick) => void;
}

export const MIN_BRUSH_PX = 1;
export const MAX_BRUSH_PX = 2000;
const CURSORS: Record<Tool["cursor"], string> = {
  brush: "none",
  crosshair: "crosshair",
  grab: "grab",
  pointer: "pointer",
};

/**
 * The canvas of one image: its view, its tools, and the stage on which it is drawn. Knows no React.
 *
 * Throws `WebGlMissingError` on construction where the browser has no WebGL2.
 */
export class CanvasEngine {
  private readonly canvas: HTMLCanvasElement;
  private readonly events: EngineEvents;
  private readonly overlay: Overlay;
  private readonly input: CanvasInput;
  private readonly keyboard: KeyboardPointer;
  private readonly tools: Record<ToolId, Tool>;
  private readonly resizes: ResizeObserver;
  private readonly stage: Stage;
  private readonly viewControl: ViewControl;
  private toolId: ToolId = "brush";
  private activeLayer: string | null = null;
  private brushPx = 12;
  private spaceHeld = false;
  private pointerAt: Point | null = null;
  private outline: { points: readonly Point[] | null; closed: boolean } = { points: null, closed: false };

  constructor(canvas: HTMLCanvasElement, host: HTMLElement, events: EngineEvents = {}) {
    this.canvas = canvas;
    this.events = events;
    this.stage = new Stage(canvas, {
      view: () => this.viewControl.view,
      screen: () => this.viewControl.screenSize,
      beforeDraw: () => this.placeOverlay(),
      onContext: (state) => this.events.onContext?.(state),
    });
    this.overlay = new Overlay(host);
    this.viewControl = new ViewControl((view) => {
      this.events.onScale?.(view.scale);
      this.events.onView?.(view);
      this.keyboard.refresh();
      this.stage.requestDraw();
    });
    this.tools = createTools(this.toolContext());
    this.input = new CanvasInput(canvas, {
      view: () => this.viewControl.view,
      tool: () => this.tools[this.toolId],
      panTool: () => this.tools.pan,
      panHeld: () => this.spaceHeld,
      zoomAt: (factor, at) => this.viewControl.zoomBy(factor, at),
      panBy: (dx, dy) => this.panBy(dx, dy),
      hover: (at) => this.hover(at),
    });
    this.keyboard = new KeyboardPointer({
      tool: () => this.tools[this.toolId],
      view: () => this.viewControl.view,
      screen: () => this.viewControl.screenSize,
      image: () => this.stage.imageSize,
      panBy: (dx, dy) => this.panBy(dx, dy),
      show: (at) => this.overlay.showCrosshair(at),
    });
    this.resizes = new ResizeObserver(() => this.resize());
    this.resizes.observe(host);
    this.resize();
  }

  destroy(): void {
    this.stage.destroy();
    this.input.destroy();
    this.resizes.disconnect();
    this.overlay.remove();
  }

  /** Brings an image to the screen, fitted; zoom and tools stay where only the model's answer is another. */
  setScene(scene: Scene | null): void {
    const isSame = scene !== null && scene.document === this.stage.scene?.document;
    if (!isSame) {
      this.cancelGesture();
      this.keyboard.turnOff();
    }
    this.stage.setScene(scene);
    if (!isSame) this.viewControl.setImage(this.stage.imageSize);
  }

  setDisplay(display: Display): void {
    this.stage.setDisplay(display);
  }

  setTool(tool: ToolId): void {
    if (tool !== this.toolId) this.cancelGesture();
    this.toolId = tool;
    this.updateCursor();
  }

  setActiveLayer(layerId: string | null): void {
    this.activeLayer = layerId;
  }

  setBrushPx(diameterPx: number): void {
    this.brushPx = Math.min(MAX_BRUSH_PX, Math.max(MIN_BRUSH_PX, diameterPx));
    this.updateCursor();
  }

  /** Shows the bare image while true. */
  setBare(bare: boolean): void {
    this.stage.setBare(bare);
  }

  /** Draws other masks, such as an earlier revision's, in place of the scene's; null: the scene's own. */
  showInstead(document: MaskDocument | null): void {
    this.stage.showInstead(document);
  }

  /** The picture that `setBlink` puts in the image's place. */
  setBlinkPicture(picture: Picture | null): void {
    this.stage.setBlinkPicture(picture);
  }

  /** Gets the picture ready that comes next; null: none is known. */
  prepare(picture: Picture | null): void {
    this.stage.prepare(picture);
  }

  /** Shows the other picture alone while true. */
  setBlink(blink: boolean): void {
    this.stage.setBlink(blink);
  }

  /** Turns the crosshair on or off that the arrow keys move. */
  toggleKeyboardPointer(): void {
    this.cancelGesture();
    this.keyboard.toggle();
  }

  setPanHeld(held: boolean): void {
    this.spaceHeld = held;
    this.updateCursor();
  }

  /** Gives a key to the crosshair, or to a tool in mid-drawing; true when it was used. */
  toolKey(key: string, held: { shift: boolean; alt: boolean }): boolean {
    if (this.keyboard.key(key, held.shift, held.alt)) return true;
    return this.tools[this.toolId].key?.(key) ?? false;
  }

  /** Drops an unfinished gesture, else the crosshair; true when there was one. */
  escape(): boolean {
    if (this.cancelGesture()) return true;
    const had = this.keyboard.isOn;
    this.keyboard.turnOff();
    return had;
  }

  /** Drops an unfinished gesture; true when there was one. */
  cancelGesture(): boolean {
    this.keyboard.letGo();
    return this.tools[this.toolId].cancel();
  }

  fit(): void {
    this.viewControl.fit();
  }

  /** Zooms about the pointer, or the middle of the screen when the pointer is elsewhere. */
  zoomBy(factor: number): void {
    this.viewControl.zoomBy(factor, this.pointerAt);
  }

  /** One image pixel per CSS pixel. */
  zoomToActualSize(): void {
    this.zoomBy(1 / this.viewControl.view.scale);
  }

  panBy(dx: number, dy: number): void {
    this.viewControl.panBy(dx, dy);
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.canvas;
    const screen = { width: Math.max(1, clientWidth), height: Math.max(1, clientHeight) };
    this.canvas.width = Math.round(screen.width * devicePixelRatio);
    this.canvas.height = Math.round(screen.height * devicePixelRatio);
    this.viewControl.setScreen(screen);
    this.stage.requestDraw();
  }

  private placeOverlay(): void {
    this.updateCursor();
    this.overlay.showOutline(this.outline.points, this.viewControl.view, this.outline.closed);
  }

  private hover(at: Point | null): void {
    this.pointerAt = at;
    this.updateCursor();
    this.events.onProbe?.(at && this.probe(at));
  }

  private probe(at: Point): Probe | null {
    const { imageSize, scene } = this.stage;
    const point = toImage(this.viewControl.view, at);
    const x = Math.floor(point.x);
    const y = Math.floor(point.y);
    if (!imageSize || !isInside(x, y, imageSize)) return null;
    const map = scene?.scoreMap;
    return { x, y, score: map ? scoreAt(map, x, y, imageSize.width, imageSize.height) : null };
  }

  private updateCursor(): void {
    const kind = this.spaceHeld ? "grab" : this.tools[this.toolId].cursor;
    this.canvas.style.cursor = CURSORS[kind];
    this.overlay.showRing(
      kind === "brush" ? this.pointerAt : null,
      (this.brushPx / 2) * this.viewControl.view.scale,
    );
  }

  private toolContext(): ToolContext {
    return {
      document: () => this.stage.scene?.document ?? null,
      layerId: () => this.activeLayer,
      brushRadiusPx: () => this.brushPx / 2,
      imagePxPerScreenPx: () => 1 / this.viewControl.view.scale,
      pick: (pick) => this.pick(pick),
      panBy: (dx, dy) => this.panBy(dx, dy),
      requestDraw: this.stage.requestDraw,
      showOutline: (points, closed) => {
        this.outline = { points, closed };
        this.stage.requestDraw();
      },
    };
  }

  private pick(pick: Pick): void {
    const { imageSize } = this.stage;
    if (imageSize && isInside(pick.x, pick.y, imageSize)) this.events.onPick?.(pick);
  }
}

function isInside(x: number, y: number, { width, height }: Size): boolean {
  return x >= 0 && y >= 0 && x < width && y < height;
}
