import type { Stroke } from "../MaskDocument";
import { capsuleSpans, movedSpans } from "../geometry/capsule";
import type { Point } from "../geometry/rect";
import type { Tool, ToolContext, ToolPointer } from "./tool";

interface Painting {
  stroke: Stroke;
  value: 0 | 1;
  last: Point;
  /** Radius with which `last` was painted; 0: it was not. */
  lastRadius: number;
}

/** Brush and eraser: idle → painting → idle, stamping a capsule between neighbouring pointer positions. */
export class BrushTool implements Tool {
  readonly cursor = "brush";
  readonly press = "drag";
  private readonly context: ToolContext;
  private readonly paints: 0 | 1;
  private painting: Painting | null = null;
  private lastEnd: Point | null = null;

  constructor(context: ToolContext, paints: 0 | 1) {
    this.context = context;
    this.paints = paints;
  }

  down(pointer: ToolPointer): void {
    const id = this.context.layerId();
    const stroke = id === null ? undefined : this.context.document()?.beginStroke(id);
    if (!stroke) return;
    const value = pointer.invert ? (this.paints === 1 ? 0 : 1) : this.paints;
    const to = this.snap(pointer.image);
    const last = pointer.straight && this.lastEnd ? this.lastEnd : to;
    this.painting = { stroke, value, last, lastRadius: 0 };
    this.stampTo(to);
  }

  move(pointers: readonly ToolPointer[]): void {
    for (const pointer of pointers) this.stampTo(this.snap(pointer.image));
  }

  up(pointer: ToolPointer): void {
    if (!this.painting) return;
    this.lastEnd = this.snap(pointer.image);
    this.stampTo(this.lastEnd);
    this.painting.stroke.commit();
    this.painting = null;
  }

  cancel(): boolean {
    if (!this.painting) return false;
    this.painting.stroke.cancel();
    this.painting = null;
    this.context.requestDraw();
    return true;
  }

  /**
   * Odd brushes sit on pixel centres, even ones on corners: a brush of n pixels paints n pixels, also when the
   * pointer lies exactly between two.
   */
  private snap({ x, y }: Point): Point {
    const isOdd = Math.round(2 * this.context.brushRadiusPx()) % 2 === 1;
    return isOdd
      ? { x: Math.floor(x) + 0.5, y: Math.floor(y) + 0.5 }
      : { x: Math.round(x), y: Math.round(y) };
  }

  private stampTo(point: Point): void {
    if (!this.painting) return;
    const { stroke, value, last, lastRadius } = this.painting;
    const radius = this.context.brushRadiusPx();
    const spans = radius === lastRadius ? movedSpans : capsuleSpans;
    spans(last, point, radius, (y, x0, x1) => stroke.span(y, x0, x1, value));
    this.painting.last = point;
    this.painting.lastRadius = radius;
    this.context.requestDraw();
  }
}
