import type { Tool, ToolContext, ToolPointer } from "./tool";

/** One click adds (with Alt: takes away) the predicted region under the pointer at the present threshold. */
export class RegionTool implements Tool {
  readonly cursor = "pointer";
  private readonly context: ToolContext;

  constructor(context: ToolContext) {
    this.context = context;
  }

  down(pointer: ToolPointer): void {
    const id = this.context.layerId();
    if (id === null) return;
    const value = pointer.invert ? 0 : 1;
    this.context.document()?.paint(id, value, (emit) => this.context.predictedRegionAt(pointer.image, emit));
    this.context.requestDraw();
  }

  move(): void {
    // A single click does everything.
  }

  up(): void {
    // A single click does everything.
  }

  cancel(): boolean {
    return false;
  }
}
