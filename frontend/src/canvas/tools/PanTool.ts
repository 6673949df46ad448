import type { Point } from "../geometry/rect";
import type { Tool, ToolContext, ToolPointer } from "./tool";

/** Moves the view: idle → dragging → idle. */
export class PanTool implements Tool {
  readonly cursor = "grab";
  readonly press = "drag";
  private readonly context: ToolContext;
  private last: Point | null = null;

  constructor(context: ToolContext) {
    this.context = context;
  }

  down(pointer: ToolPointer): void {
    this.last = pointer.screen;
  }

  move(pointers: readonly ToolPointer[]): void {
    const to = pointers.at(-1)?.screen;
    if (!this.last || !to) return;
    this.context.panBy(to.x - this.last.x, to.y - this.last.y);
    this.last = to;
  }

  up(): void {
    this.last = null;
  }

  cancel(): boolean {
    const had = this.last !== null;
    this.last = null;
    return had;
  }
}
