import type { Point } from "./geometry/rect";
import { toImage, toScreen, type Size, type View } from "./geometry/view";
import type { Tool, ToolPointer } from "./tools";

/** What the keyboard's pointer needs from the engine. */
export interface KeyboardTarget {
  tool(): Tool;
  view(): View;
  screen(): Size;
  image(): Size | null;
  panBy(dx: number, dy: number): void;
  /** Shows the crosshair at a screen position; null hides it. */
  show(at: Point | null): void;
}

const DIRECTIONS: Record<string, Point> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};
const LONG_STEP = 10;
const EDGE_PX = 24;

/** A crosshair moved by the arrow keys that draws as the mouse does: Space presses, and lets go again. */
export class KeyboardPointer {
  private readonly target: KeyboardTarget;
  private at: Point | null = null;
  private held = false;

  constructor(target: KeyboardTarget) {
    this.target = target;
  }

  get isOn(): boolean {
    return this.at !== null;
  }

  /** Turns the crosshair on in the middle of what is on the screen, or off. */
  toggle(): void {
    const image = this.target.image();
    if (this.at || !image) {
      this.turnOff();
      return;
    }
    const { width, height } = this.target.screen();
    this.at = this.inside(toImage(this.target.view(), { x: width / 2, y: height / 2 }), image);
    this.refresh();
  }

  turnOff(): void {
    this.at = null;
    this.held = false;
    this.target.show(null);
  }

  /** Forgets that a drag was begun, as when the tool changes. */
  letGo(): void {
    this.held = false;
  }

  /** Uses a key while the crosshair is on; true when it did. */
  key(key: string, long: boolean, invert: boolean): boolean {
    if (!this.at) return false;
    const direction = DIRECTIONS[key];
    if (direction) this.move(direction, long);
    else if (key === " ") this.pressOrRelease(invert);
    else if (key === "Enter" && this.held) this.pressOrRelease(invert);
    else return false;
    return true;
  }

  /** Places the crosshair again after the view moved. */
  refresh(): void {
    this.target.show(this.at && toScreen(this.target.view(), this.at));
  }

  private move(direction: Point, long: boolean): void {
    const image = this.target.image();
    if (!image || !this.at) return;
    // One image pixel, or what looks like one where several share a screen pixel.
    const step = Math.max(1, Math.round(1 / this.target.view().scale)) * (long ? LONG_STEP : 1);
    this.at = this.inside({ x: this.at.x + direction.x * step, y: this.at.y + direction.y * step }, image);
    this.keepOnScreen();
    this.target.tool().move([this.pointer(false)]);
    this.refresh();
  }

  private pressOrRelease(invert: boolean): void {
    const tool = this.target.tool();
    if (tool.press === "drag" && !this.held) {
      this.held = true;
      tool.down(this.pointer(invert));
      return;
    }
    if (!this.held) tool.down(this.pointer(invert));
    this.held = false;
    tool.up(this.pointer(invert));
  }

  private pointer(invert: boolean): ToolPointer {
    const image = this.at!;
    return { image, screen: toScreen(this.target.view(), image), invert, straight: false };
  }

  private keepOnScreen(): void {
    const at = toScreen(this.target.view(), this.at!);
    const { width, height } = this.target.screen();
    const inward = (place: number, room: number): number =>
      Math.max(0, EDGE_PX - place) - Math.max(0, place - (room - EDGE_PX));
    this.target.panBy(inward(at.x, width), inward(at.y, height));
  }

  /** The centre of the nearest pixel of the image. */
  private inside({ x, y }: Point, { width, height }: Size): Point {
    const clamp = (value: number, most: number): number =>
      Math.min(most - 1, Math.max(0, Math.floor(value))) + 0.5;
    return { x: clamp(x, width), y: clamp(y, height) };
  }
}
