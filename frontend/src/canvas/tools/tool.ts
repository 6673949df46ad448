import type { MaskDocument } from "../MaskDocument";
import type { Point, SpanSink } from "../geometry/rect";

export type ToolId = "brush" | "eraser" | "polygon" | "rectangle" | "region" | "pan";

/** What tools may do to the world; the engine provides it. */
export interface ToolContext {
  document(): MaskDocument | null;
  /** The layer that is painted on; null when there is none, then tools do nothing. */
  layerId(): string | null;
  brushRadiusPx(): number;
  /** Image pixels per CSS pixel, for distances meant for the hand rather than the image. */
  imagePxPerScreenPx(): number;
  /** Emits the predicted region under a pixel at the present threshold. */
  predictedRegionAt(at: Point, emit: SpanSink): void;
  /** Moves the view by CSS pixels. */
  panBy(dx: number, dy: number): void;
  requestDraw(): void;
  /** Shows an unfinished outline (image coordinates), or takes it away. */
  showOutline(points: readonly Point[] | null, closed: boolean): void;
}

/** A pointer position with what is held. */
export interface ToolPointer {
  /** Image coordinates. */
  image: Point;
  /** CSS pixels from the canvas's corner. */
  screen: Point;
  /** Erase instead of paint (Alt). */
  invert: boolean;
  /** Straight line from the last point (Shift). */
  straight: boolean;
}

/** A small state machine fed with pointer events. One gesture makes one undo step. */
export interface Tool {
  readonly cursor: "brush" | "crosshair" | "grab" | "pointer";
  down(pointer: ToolPointer): void;
  /** All positions since the last event, oldest first. */
  move(pointers: readonly ToolPointer[]): void;
  up(pointer: ToolPointer): void;
  /** Enter and Backspace for tools that are drawn click by click; true when the key was used. */
  key?(key: string): boolean;
  /** Drops whatever is unfinished; true when there was something. */
  cancel(): boolean;
}
