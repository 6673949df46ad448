import type { PickId, Tool, ToolContext, ToolPointer } from "./tool";

/** A single click that names a pixel: what happens there is the business of whoever listens. */
export class PickTool implements Tool {
  readonly cursor = "pointer";
  readonly press = "click";
  private readonly context: ToolContext;
  private readonly id: PickId;

  constructor(context: ToolContext, id: PickId) {
    this.context = context;
    this.id = id;
  }

  down({ image, invert }: ToolPointer): void {
    this.context.pick({ tool: this.id, x: Math.floor(image.x), y: Math.floor(image.y), invert });
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
