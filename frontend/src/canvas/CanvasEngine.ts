import { CanvasInput } from "./CanvasInput";
import { collectSpans, componentAt } from "./geometry/components";
import type { Point, SpanSink } from "./geometry/rect";
import { predictedSpans, scoreAt, type ScoreMap } from "./geometry/scoreMap";
import { toImage, type Size } from "./geometry/view";
import type { MaskDocument } from "./MaskDocument";
import { Overlay } from "./Overlay";
import { DEFAULT_DISPLAY, type Display } from "./render/frame";
import { Renderer } from "./render/Renderer";
import { createTools, type Tool, type ToolContext, type ToolId } from "./tools";
import { ViewControl } from "./ViewControl";

/** Everything the canvas shows of one image. */
export interface Scene {
  image: ImageBitmap;
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
  onProbe?: (probe: Probe | null) => void;
  onContext?: (state: "ready" | "lost") => void;
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
    this.scene = scene;
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

  setPanHeld(held: boolean): void {
    this.spaceHeld = held;
    this.updateCursor();
  }

  /** Gives Enter and Backspace to a tool in mid-drawing; true when it used the key. */
  toolKey(key: string): boolean {
    return this.tools[this.toolId].key?.(key) ?? false;
  }

  /** Drops an unfinished gesture; true when there was one. */
  cancelGesture(): boolean {
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
    const goOn = (): boolean => {
      this.requestDraw();
      return this.scene === scene;
    };
    void this.renderer.uploadImage(scene.image, goOn);
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
      this.scene.document,
      {
        image: this.imageSize(),
        viewport: { width: this.canvas.width, height: this.canvas.height },
        view: { scale: scale * ratio, x: x * ratio, y: y * ratio },
        bare: this.bare,
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
      predictedRegionAt: (at, emit) => this.predictedRegionAt(at, emit),
      panBy: (dx, dy) => this.panBy(dx, dy),
      requestDraw: this.requestDraw,
      showOutline: (points, closed) => {
        this.outline = { points, closed };
        this.requestDraw();
      },
    };
  }

  private predictedRegionAt(at: Point, emit: SpanSink): void {
    const map = this.scene?.scoreMap;
    if (!map) return;
    const { width, height } = this.imageSize();
    const rows = collectSpans((sink) => predictedSpans(map, this.display.threshold, width, height, sink));
    for (const span of componentAt(rows, Math.floor(at.x), Math.floor(at.y))) emit(span.y, span.x0, span.x1);
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
    this.events.onContext?.("ready");
    this.requestDraw();
  };
}
