import type { Point } from "./geometry/rect";
import { fitView, keepInSight, zoomAt, type Size, type View } from "./geometry/view";

/** Zoom and position of one image on one screen. Stays fitted through resizes until the person moves it. */
export class ViewControl {
  private readonly changed: (view: View) => void;
  private current: View = { scale: 1, x: 0, y: 0 };
  private image: Size | null = null;
  private screen: Size = { width: 1, height: 1 };
  private fitted = true;

  constructor(changed: (view: View) => void) {
    this.changed = changed;
  }

  get view(): View {
    return this.current;
  }

  get screenSize(): Size {
    return this.screen;
  }

  /** Shows another image, fitted. */
  setImage(image: Size | null): void {
    this.image = image;
    this.fit();
  }

  setScreen(screen: Size): void {
    this.screen = screen;
    if (this.fitted) this.fit();
    else this.place(this.current);
  }

  fit(): void {
    if (!this.image) return;
    this.place(fitView(this.image, this.screen));
    this.fitted = true;
  }

  /** Zooms about a screen position; without one, about the middle of the screen. */
  zoomBy(factor: number, at: Point | null): void {
    if (!this.image) return;
    const smallest = Math.min(1, fitView(this.image, this.screen).scale) / 4;
    const centre = { x: this.screen.width / 2, y: this.screen.height / 2 };
    this.place(zoomAt(this.current, factor, at ?? centre, smallest));
  }

  panBy(dx: number, dy: number): void {
    this.place({ ...this.current, x: this.current.x + dx, y: this.current.y + dy });
  }

  private place(view: View): void {
    if (!this.image) return;
    this.current = keepInSight(view, this.image, this.screen);
    this.fitted = false;
    this.changed(this.current);
  }
}
