import type { Point } from "./geometry/rect";
import { toScreen, type View } from "./geometry/view";

const CROSS_PX = 11;
const SVG = "http://www.w3.org/2000/svg";

/**
 * The brush ring and the unfinished outline, in an SVG above the canvas.
 *
 * Written directly to the DOM: a pointer move must never wait for a render of the page.
 */
export class Overlay {
  private readonly svg: SVGSVGElement;
  private readonly rings: SVGCircleElement[];
  private readonly lines: SVGPolylineElement[];
  private readonly start: SVGCircleElement;
  private readonly crosses: SVGPolylineElement[];

  constructor(host: HTMLElement) {
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("aria-hidden", "true");
    this.svg.style.cssText =
      "position:absolute;inset:0;width:100%;height:100%;pointer-events:none;overflow:hidden";
    // Dark below light: visible on any image.
    this.rings = [this.shape("circle", "#000a", 3), this.shape("circle", "#fff", 1)];
    this.lines = [this.shape("polyline", "#000a", 3), this.shape("polyline", "#fff", 1.25)];
    this.start = this.shape("circle", "#fff", 1.25);
    this.start.setAttribute("r", "5");
    this.start.style.fill = "#38d0b3";
    this.crosses = [this.shape("polyline", "#000c", 4), this.shape("polyline", "#38d0b3", 1.5)];
    for (const cross of this.crosses) cross.setAttribute("data-testid", "crosshair");
    host.append(this.svg);
    this.showRing(null, 0);
    this.showOutline(null, { scale: 1, x: 0, y: 0 }, false);
    this.showCrosshair(null);
  }

  /** The brush's edge around a screen position; null hides it. */
  showRing(at: Point | null, radiusPx: number): void {
    for (const ring of this.rings) {
      ring.style.display = at ? "" : "none";
      if (!at) continue;
      ring.setAttribute("cx", String(at.x));
      ring.setAttribute("cy", String(at.y));
      ring.setAttribute("r", String(Math.max(1.5, radiusPx)));
    }
  }

  /** An outline given in image coordinates. */
  showOutline(points: readonly Point[] | null, view: View, closed: boolean): void {
    const placed = (points ?? []).map((point) => toScreen(view, point));
    const shown = closed && placed[0] ? [...placed, placed[0]] : placed;
    const text = shown.map((point) => `${point.x},${point.y}`).join(" ");
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
