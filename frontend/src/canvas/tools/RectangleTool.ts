import { rectangleSpans } from "../geometry/polygon";
import type { Point } from "../geometry/rect";
import type { Tool, ToolContext, ToolPointer } from "./tool";

/** Rectangle: idle → dragging → idle. */
export class RectangleTool implements Tool {
  readonly cursor = "crosshair";
  readonly press = "drag";
  private readonly context: ToolContext;
  private drag: { from: Point; erases: boolean } | null = null;

  constructor(context: ToolContext) {
    this.context = context;
  }

  down(pointer: ToolPointer): void {
    this.drag = { from: pointer.image, erases: pointer.invert };
  }

  move(pointers: readonly ToolPointer[]): void {
    const to = pointers.at(-1)?.image;
    if (!this.drag || !to) return;
    const { from } = this.drag;
    this.context.showOutline([from, { x: to.x, y: from.y }, to, { x: from.x, y: to.y }], true);
  }

  up(pointer: ToolPointer): void {
    const { drag } = this;
    const id = this.context.layerId();
    this.cancel();
    if (!drag || id === null) return;
    this.context
      .document()
      ?.paint(id, drag.erases ? 0 : 1, (emit) => rectangleSpans(drag.from, pointer.image, emit));
    this.context.requestDraw();
  }

  cancel(): boolean {
    const had = this.drag !== null;
    this.drag = null;
    this.context.showOutline(null, false);
    return had;
  }
}
