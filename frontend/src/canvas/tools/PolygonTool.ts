import { polygonSpans } from "../geometry/polygon";
import type { Point } from "../geometry/rect";
import type { Tool, ToolContext, ToolPointer } from "./tool";

const CLOSE_DISTANCE_PX = 9;
/** A drag longer than this draws freehand instead of placing a corner. */
const FREEHAND_STEP_PX = 4;

/** Polygon and lasso: click corners or drag; a click on the first corner, or Enter, closes the shape. */
export class PolygonTool implements Tool {
  readonly cursor = "crosshair";
  readonly press = "click";
  private readonly context: ToolContext;
  private points: Point[] = [];
  private erases = false;
  private held = false;

  constructor(context: ToolContext) {
    this.context = context;
  }

  down(pointer: ToolPointer): void {
    const first = this.points[0];
    if (first && this.points.length >= 3 && this.isNear(first, pointer.image, CLOSE_DISTANCE_PX)) {
      this.close();
      return;
    }
    if (!first) this.erases = pointer.invert;
    this.points.push(pointer.image);
    this.held = true;
    this.show();
  }

  move(pointers: readonly ToolPointer[]): void {
    const latest = pointers.at(-1)?.image;
    if (!latest || this.points.length === 0) return;
    if (this.held) {
      for (const { image } of pointers) {
        if (!this.isNear(this.points.at(-1)!, image, FREEHAND_STEP_PX)) this.points.push(image);
      }
    }
    this.show(latest);
  }

  up(): void {
    this.held = false;
  }

  key(key: string): boolean {
    if (this.points.length === 0) return false;
    if (key === "Enter") this.close();
    else if (key === "Backspace") this.removeLast();
    else return false;
    return true;
  }

  cancel(): boolean {
    const had = this.points.length > 0;
    this.points = [];
    this.held = false;
    this.show();
    return had;
  }

  private removeLast(): void {
    this.points.pop();
    this.show();
  }

  private close(): void {
    const { points, erases } = this;
    const document = this.context.document();
    const id = this.context.layerId();
    if (document && id !== null) {
      document.paint(id, erases ? 0 : 1, (emit) => polygonSpans(points, document.heightPx, emit));
    }
    this.cancel();
    this.context.requestDraw();
  }

  private show(next?: Point): void {
    const outline = next && !this.held ? [...this.points, next] : this.points;
    this.context.showOutline(outline.length > 0 ? outline : null, false);
  }

  private isNear(a: Point, b: Point, screenPx: number): boolean {
    return Math.hypot(a.x - b.x, a.y - b.y) <= screenPx * this.context.imagePxPerScreenPx();
  }
}
