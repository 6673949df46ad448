import type { Point } from "./geometry/rect";
import { toImage, type View } from "./geometry/view";
import type { Tool, ToolPointer } from "./tools";

/** What the pointer side needs from the engine. */
export interface InputTarget {
  view(): View;
  tool(): Tool;
  panTool(): Tool;
  /** True while Space is held: every drag moves the view. */
  panHeld(): boolean;
  zoomAt(factor: number, at: Point): void;
  panBy(dx: number, dy: number): void;
  hover(at: Point | null): void;
}

const WHEEL_ZOOM_RATE = 0.0016;
const MIDDLE_BUTTON = 1;

/** Mouse, pen and touch on the canvas: one pointer draws, two fingers pan and zoom. */
export class CanvasInput {
  private readonly canvas: HTMLCanvasElement;
  private readonly target: InputTarget;
  private readonly stop = new AbortController();
  private readonly fingers = new Map<number, Point>();
  private active: { tool: Tool; pointerId: number } | null = null;

  constructor(canvas: HTMLCanvasElement, target: InputTarget) {
    this.canvas = canvas;
    this.target = target;
    canvas.style.touchAction = "none";
    const on = { signal: this.stop.signal };
    canvas.addEventListener("pointerdown", this.onDown, on);
    canvas.addEventListener("pointermove", this.onMove, on);
    canvas.addEventListener("pointerup", this.onUp, on);
    canvas.addEventListener("pointercancel", this.onCancel, on);
    canvas.addEventListener("pointerleave", () => this.target.hover(null), on);
    canvas.addEventListener("wheel", this.onWheel, { ...on, passive: false });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault(), on);
  }

  destroy(): void {
    this.stop.abort();
  }

  private readonly onDown = (event: PointerEvent): void => {
    const at = this.screenPoint(event);
    if (event.pointerType === "touch") this.fingers.set(event.pointerId, at);
    if (this.fingers.size === 2) {
      this.active?.tool.cancel();
      this.active = null;
      return;
    }
    if (this.active || event.button > MIDDLE_BUTTON) return;
    const moves = event.button === MIDDLE_BUTTON || this.target.panHeld();
    const tool = moves ? this.target.panTool() : this.target.tool();
    this.canvas.setPointerCapture(event.pointerId);
    this.active = { tool, pointerId: event.pointerId };
    event.preventDefault();
    const pointer = this.toolPointer(event, at);
    this.canvas.focus({ preventScroll: true });
    tool.down(pointer);
  };

  private readonly onMove = (event: PointerEvent): void => {
    // Where the canvas lies is asked for once, before anything moves: asked again, the page would be laid out again.
    const box = this.canvas.getBoundingClientRect();
    const at = pointIn(box, event);
    if (this.fingers.size === 2 && this.fingers.has(event.pointerId)) {
      this.pinch(event.pointerId, at);
      return;
    }
    this.target.hover(event.pointerType === "touch" ? null : at);
    const tool = this.active ? this.active.tool : this.target.tool();
    if (this.active && this.active.pointerId !== event.pointerId) return;
    const events = event.getCoalescedEvents();
    tool.move(
      (events.length > 0 ? events : [event]).map((each) => this.toolPointer(each, pointIn(box, each))),
    );
  };

  private readonly onUp = (event: PointerEvent): void => {
    this.fingers.delete(event.pointerId);
    if (this.active?.pointerId !== event.pointerId) return;
    const { tool } = this.active;
    this.active = null;
    tool.up(this.toolPointer(event, this.screenPoint(event)));
  };

  private readonly onCancel = (event: PointerEvent): void => {
    this.fingers.delete(event.pointerId);
    if (this.active?.pointerId !== event.pointerId) return;
    this.active.tool.cancel();
    this.active = null;
  };

  private readonly onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    // A line or page step counts as so many pixels.
    const unit = [1, 16, 400][event.deltaMode] ?? 1;
    if (event.shiftKey) this.target.panBy(-event.deltaY * unit, -event.deltaX * unit);
    else this.target.zoomAt(Math.exp(-event.deltaY * unit * WHEEL_ZOOM_RATE), this.screenPoint(event));
  };

  private pinch(pointerId: number, to: Point): void {
    const from = this.fingers.get(pointerId)!;
    const other = [...this.fingers].find(([id]) => id !== pointerId)![1];
    const factor = distance(to, other) / Math.max(1, distance(from, other));
    this.fingers.set(pointerId, to);
    this.target.zoomAt(factor, { x: (to.x + other.x) / 2, y: (to.y + other.y) / 2 });
    this.target.panBy((to.x - from.x) / 2, (to.y - from.y) / 2);
  }

  private toolPointer(event: PointerEvent, screen: Point): ToolPointer {
    const image = toImage(this.target.view(), screen);
    // The eraser end of a pen, and the right side of a mouse's habits: Alt erases.
    const invert = event.altKey || (event.buttons & 32) !== 0;
    return { screen, image, invert, straight: event.shiftKey };
  }

  private screenPoint(event: MouseEvent): Point {
    return pointIn(this.canvas.getBoundingClientRect(), event);
  }
}

function pointIn(box: DOMRect, event: MouseEvent): Point {
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
