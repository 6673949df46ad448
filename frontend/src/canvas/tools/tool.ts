import type { MaskDocument } from "../MaskDocument";
import type { Point } from "../geometry/rect";

/** Tools that only name a pixel. */
export type PickId = "region" | "wand" | "why";

export type ToolId = "brush" | "eraser" | "polygon" | "rectangle" | "pan" | PickId;

/** A pixel that was clicked with one of them. */
export interface Pick {
  tool: PickId;
  x: number;
  y: number;
  /** Take away instead of add (Alt). */
  invert: boolean;
}

/** What tools may do to the world; the engine provides it. */
export interface ToolContext {
  document(): MaskDocument | null;
  /** The layer that is painted on; null when there is none, then tools do nothing. */
  layerId(): string | null;
  brushRadiusPx(): number;
  /** Image pixels per CSS pixel, for distances meant for the hand rather than the image. */
  imagePxPerScreenPx(): number;
  /** Tells whoever listens which pixel was clicked. */
  pick(pick: Pick): void;
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
  /** How the keyboard uses it: a press begins and a second one ends a drag, or one press is one click. */
  readonly press: "drag" | "click";
  down(pointer: ToolPointer): void;
  /** All positions since the last event, oldest first. */
  move(pointers: readonly ToolPointer[]): void;
  up(pointer: ToolPointer): void;
  /** Enter and Backspace for tools that are drawn click by click; true when the key was used. */
  key?(key: string): boolean;
  /** Drops whatever is unfinished; true when there was something. */
  cancel(): boolean;
}
