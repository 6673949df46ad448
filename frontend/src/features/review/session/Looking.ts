import type { CanvasEngine } from "@/canvas/CanvasEngine";

const ZOOM_STEP = 1.3;

/** How the image is looked at: zoom, place, and what is held away. Without a canvas nothing happens. */
export class Looking {
  private readonly engine: () => CanvasEngine | null;

  constructor(engine: () => CanvasEngine | null) {
    this.engine = engine;
  }

  zoomBy(steps: number): void {
    this.engine()?.zoomBy(ZOOM_STEP ** steps);
  }

  zoomToActualSize(): void {
    this.engine()?.zoomToActualSize();
  }

  fit(): void {
    this.engine()?.fit();
  }

  panBy(dx: number, dy: number): void {
    this.engine()?.panBy(dx, dy);
  }

  setBare(bare: boolean): void {
    this.engine()?.setBare(bare);
  }

  setPanHeld(held: boolean): void {
    this.engine()?.setPanHeld(held);
  }

  toggleKeyboardPointer(): void {
    this.engine()?.toggleKeyboardPointer();
  }
}
