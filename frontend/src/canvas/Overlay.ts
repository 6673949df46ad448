import type { Point } from "./geometry/rect";
import { toScreen, type View } from "./geometry/view";

const CROSS_PX = 11;
/** Moved by a transform: it follows the pointer without a layout. The dark edges show it on any image. */
const RING =
  "position:absolute;left:0;top:0;box-sizing:border-box;border-radius:50%;border:1px solid #fff;" +
  "box-shadow:0 0 0 1px #000a,inset 0 0 0 1px #000a;pointer-events:none;will-change:transform";
const SVG = "http://www.w3.org/2000/svg";

/**
 * The brush ring, and in an SVG the unfinished outline and the keyboard's crosshair, above the canvas.
 *
 * Written directly to the DOM: a pointer move must never wait for a render of the page.
 */
export class Overlay {
  private readonly svg: SVGSVGElement;
  private readonly ring: HTMLElement;
  private ringPx = 0;
  /** The outline's points as last written: this is called for every frame. */
  private outline: string | null = null;
  private readonly lines: SVGPolylineElement[];
  private readonly start: SVGCircleElement;
  private readonly crosses: SVGPolylineElement[];

  constructor(host: HTMLElement) {
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("aria-hidden", "true");
    this.svg.style.cssText =
      "position:absolute;inset:0;width:100%;height:100%;pointer-events:none;overflow:hidden";
    // Dark below light: visible on any image.
    this.lines = [this.shape("polyline", "#000a", 3), this.shape("polyline", "#fff", 1.25)];
    this.start = this.shape("circle", "#fff", 1.25);
    this.start.setAttribute("r", "5");
    this.start.style.fill = "#38d0b3";
    this.crosses = [this.shape("polyline", "#000c", 4), this.shape("polyline", "#38d0b3", 1.5)];
    for (const cross of this.crosses) cross.setAttribute("data-testid", "crosshair");
    this.ring = document.createElement("div");
    this.ring.style.cssText = RING;
    host.append(this.svg, this.ring);
    this.showRing(null, 0);
    this.showOutline(null, { scale: 1, x: 0, y: 0 }, false);
    this.showCrosshair(null);
  }

  /** The brush's edge around a screen position; null hides it. */
  showRing(at: Point | null, radiusPx: number): void {
    this.ring.style.display = at ? "" : "none";
    if (!at) return;
    const sidePx = 2 * Math.max(1.5, radiusPx);
    if (sidePx !== this.ringPx) {
      this.ring.style.width = this.ring.style.height = `${sidePx}px`;
      this.ringPx = sidePx;
    }
    this.ring.style.transform = `translate(${at.x - sidePx / 2}px, ${at.y - sidePx / 2}px)`;
  }

  /** An outline given in image coordinates. */
  showOutline(points: readonly Point[] | null, view: View, closed: boolean): void {
    const placed = (points ?? []).map((point) => toScreen(view, point));
    const shown = closed && placed[0] ? [...placed, placed[0]] : placed;
    const text = shown.map((point) => `${point.x},${point.y}`).join(" ");
    if (text === this.outline) return;
    this.outline = text;
    for (const line of this.lines) line.setAttribute("points", text);
    const first = closed ? undefined : placed[0];
    this.start.style.display = first ? "" : "none";
    if (!first) return;
    this.start.setAttribute("cx", String(first.x));
    this.start.setAttribute("cy", String(first.y));
  }

  /** The keyboard's pointer at a screen position; null hides it. */
  showCrosshair(at: Point | null): void {
    for (const cross of this.crosses) {
      cross.style.display = at ? "" : "none";
      if (!at) continue;
      const { x, y } = at;
      const arms = [
        [x - CROSS_PX, y],
        [x + CROSS_PX, y],
        [x, y],
        [x, y - CROSS_PX],
        [x, y + CROSS_PX],
      ];
      cross.setAttribute("points", arms.join(" "));
    }
  }

  remove(): void {
    this.svg.remove();
    this.ring.remove();
  }

  private shape<Name extends "circle" | "polyline">(
    name: Name,
    stroke: string,
    width: number,
  ): SVGElementTagNameMap[Name] {
    const element = document.createElementNS(SVG, name);
    element.style.cssText = `fill:none;stroke:${stroke};stroke-width:${width}px`;
    this.svg.append(element);
    return element;
  }
}
