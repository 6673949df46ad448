import { CanvasInput } from "./CanvasInput";
import type { Point } from "./geometry/rect";
import { scoreAt, type ScoreMap } from "./geometry/scoreMap";
import { toImage, type Size, type View } from "./geometry/view";
import { KeyboardPointer } from "./KeyboardPointer";
import type { MaskDocument } from "./MaskDocument";
import { Overlay } from "./Overlay";
import type { Picture } from "./picture";
import { DEFAULT_DISPLAY, type Display } from "./render/frame";
import { Renderer } from "./render/Renderer";
import { createTools, type Pick, type Tool, type ToolContext, type ToolId } from "./tools";
import { ViewControl } from "./ViewControl";

/** Everything the canvas shows of one image. */
export interface Scene {
  picture: Picture;
  scoreMap: ScoreMap | null;
  document: MaskDocument;
}

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
 * The canvas of one image: view, tools and drawing, one draw per animation frame. Knows no React.
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
  private readonly stop = new AbortController();
  private renderer: Renderer;
  private scene: Scene | null = null;
  private unsubscribe: (() => void) | null = null;
  private display: Display = DEFAULT_DISPLAY;
  private readonly viewControl: ViewControl;
  private toolId: ToolId = "brush";
  private activeLayer: string | null = null;
  private brushPx = 12;
  private shownInstead: MaskDocument | null = null;
  private blinkPicture: Picture | null = null;
  private blink = false;
  private bare = false;
  private spaceHeld = false;
  private pointerAt: Point | null = null;
  private outline: { points: readonly Point[] | null; closed: boolean } = { points: null, closed: false };
  private frameRequest = 0;

  constructor(canvas: HTMLCanvasElement, host: HTMLElement, events: EngineEvents = {}) {
    this.canvas = canvas;
    this.events = events;
    this.renderer = new Renderer(canvas);
    this.overlay = new Overlay(host);
    this.viewControl = new ViewControl((view) => {
      this.events.onScale?.(view.scale);
      this.events.onView?.(view);
      this.keyboard.refresh();
      this.requestDraw();
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
      image: () => this.scene && this.imageSize(),
      panBy: (dx, dy) => this.panBy(dx, dy),
      show: (at) => this.overlay.showCrosshair(at),
    });
    const on = { signal: this.stop.signal };
    canvas.addEventListener("webglcontextlost", this.onContextLost, on);
    canvas.addEventListener("webglcontextrestored", this.onContextRestored, on);
    this.resizes = new ResizeObserver(() => this.resize());
    this.resizes.observe(host);
    this.resize();
  }

  destroy(): void {
    this.stop.abort();
    this.input.destroy();
    this.resizes.disconnect();
    this.unsubscribe?.();
    this.overlay.remove();
    this.renderer.clear();
    cancelAnimationFrame(this.frameRequest);
  }

  setScene(scene: Scene | null): void {
    this.cancelGesture();
    this.unsubscribe?.();
    this.keyboard.turnOff();
    this.scene = scene;
    this.shownInstead = null;
    this.blinkPicture = null;
    this.blink = false;
    this.renderer.clear();
    this.unsubscribe = scene?.document.subscribe(() => this.requestDraw()) ?? null;
    if (scene) this.uploadScene(scene);
    this.viewControl.setImage(scene && this.imageSize());
    this.requestDraw();
  }

  setDisplay(display: Display): void {
    this.display = display;
    this.requestDraw();
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
    this.bare = bare;
    this.requestDraw();
  }

  /** Draws other masks, such as an earlier revision's, in place of the scene's; null: the scene's own. */
  showInstead(document: MaskDocument | null): void {
    this.shownInstead = document;
    this.requestDraw();
  }

  /** The picture that `setBlink` puts in the image's place. */
  setBlinkPicture(picture: Picture | null): void {
    this.blinkPicture = picture;
    this.blink &&= picture !== null;
    void this.renderer.uploadOther(
      picture,
      this.goOn(() => this.blinkPicture === picture),
    );
  }

  /** Shows the other picture alone while true. */
  setBlink(blink: boolean): void {
    this.blink = blink && this.blinkPicture !== null;
    this.requestDraw();
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

  private imageSize(): Size {
    const { widthPx, heightPx } = this.scene!.document;
    return { width: widthPx, height: heightPx };
  }

  private uploadScene(scene: Scene): void {
    this.renderer.uploadScoreMap(scene.scoreMap);
    // Told by an attribute: whoever measures or tests can see when the whole picture is there.
    this.canvas.dataset["picture"] = "loading";
    const isShown = (): boolean => this.scene === scene;
    void this.renderer.uploadPicture(scene.picture, this.goOn(isShown)).then(() => {
      if (isShown()) this.canvas.dataset["picture"] = "whole";
    });
  }

  /** For uploads in parts: draw what is there, and go on while it is still wanted. */
  private goOn(isWanted: () => boolean): () => boolean {
    return () => {
      this.requestDraw();
      return isWanted();
    };
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.canvas;
    const screen = { width: Math.max(1, clientWidth), height: Math.max(1, clientHeight) };
    this.canvas.width = Math.round(screen.width * devicePixelRatio);
    this.canvas.height = Math.round(screen.height * devicePixelRatio);
    this.viewControl.setScreen(screen);
    this.requestDraw();
  }

  private readonly requestDraw = (): void => {
    this.frameRequest ||= requestAnimationFrame(this.draw);
  };

  private readonly draw = (): void => {
    this.frameRequest = 0;
    this.updateCursor();
    this.overlay.showOutline(this.outline.points, this.viewControl.view, this.outline.closed);
    if (!this.scene) return;
    const ratio = this.canvas.width / this.viewControl.screenSize.width;
    const { scale, x, y } = this.viewControl.view;
    this.renderer.draw(
      this.shownInstead ?? this.scene.document,
      {
        image: this.imageSize(),
        viewport: { width: this.canvas.width, height: this.canvas.height },
        view: { scale: scale * ratio, x: x * ratio, y: y * ratio },
        bare: this.bare,
        blink: this.blink,
      },
      this.display,
    );
  };

  private hover(at: Point | null): void {
    this.pointerAt = at;
    this.updateCursor();
    this.events.onProbe?.(at && this.scene ? this.probe(at) : null);
  }

  private probe(at: Point): Probe | null {
    const { width, height } = this.imageSize();
    const point = toImage(this.viewControl.view, at);
    const x = Math.floor(point.x);
    const y = Math.floor(point.y);
    if (x < 0 || y < 0 || x >= width || y >= height) return null;
    const map = this.scene!.scoreMap;
    return { x, y, score: map ? scoreAt(map, x, y, width, height) : null };
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
      document: () => this.scene?.document ?? null,
      layerId: () => this.activeLayer,
      brushRadiusPx: () => this.brushPx / 2,
      imagePxPerScreenPx: () => 1 / this.viewControl.view.scale,
      pick: (pick) => this.pick(pick),
      panBy: (dx, dy) => this.panBy(dx, dy),
      requestDraw: this.requestDraw,
      showOutline: (points, closed) => {
        this.outline = { points, closed };
        this.requestDraw();
      },
    };
  }

  private pick(pick: Pick): void {
    if (!this.scene) return;
    const { width, height } = this.imageSize();
    if (pick.x >= 0 && pick.y >= 0 && pick.x < width && pick.y < height) this.events.onPick?.(pick);
  }

  private readonly onContextLost = (event: Event): void => {
    event.preventDefault();
    cancelAnimationFrame(this.frameRequest);
    this.frameRequest = 0;
    this.events.onContext?.("lost");
  };

  private readonly onContextRestored = (): void => {
    this.renderer = new Renderer(this.canvas);
    if (this.scene) this.uploadScene(this.scene);
    this.setBlinkPicture(this.blinkPicture);
    this.events.onContext?.("ready");
    this.requestDraw();
  };
}
