import type { PixelRect, Point } from "./rect";

/** How image pixels land on the screen: `screen = image × scale + (x, y)`, in CSS pixels. */
export interface View {
  scale: number;
  x: number;
  y: number;
}

/** A width and height in one unit. */
export interface Size {
  width: number;
  height: number;
}

export const MAX_SCALE = 64;
const FIT_MARGIN_PX = 24;

/** The view that shows the whole image, centred; small images are enlarged at most eightfold. */
export function fitView(image: Size, screen: Size): View {
  const room = (side: number): number => Math.max(1, side - 2 * FIT_MARGIN_PX);
  const scale = Math.min(room(screen.width) / image.width, room(screen.height) / image.height, 8);
  return {
    scale,
    x: (screen.width - image.width * scale) / 2,
    y: (screen.height - image.height * scale) / 2,
  };
}

/** Zooms by `factor` so that the image point under `at` (screen) stays where it is. */
export function zoomAt(view: View, factor: number, at: Point, minScale: number): View {
  const scale = Math.min(MAX_SCALE, Math.max(minScale, view.scale * factor));
  const ratio = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio };
}

/** Keeps at least a strip of the image on the screen, so that nobody gets lost. */
export function keepInSight(view: View, image: Size, screen: Size): View {
  const clamp = (offset: number, length: number, room: number): number => {
    const strip = Math.min(80, length, room);
    return Math.min(room - strip, Math.max(strip - length, offset));
  };
  return {
    scale: view.scale,
    x: clamp(view.x, image.width * view.scale, screen.width),
    y: clamp(view.y, image.height * view.scale, screen.height),
  };
}

export function toImage(view: View, screen: Point): Point {
  return { x: (screen.x - view.x) / view.scale, y: (screen.y - view.y) / view.scale };
}

export function toScreen(view: View, image: Point): Point {
  return { x: image.x * view.scale + view.x, y: image.y * view.scale + view.y };
}

/** The part of image space that is on the screen. */
export function visibleRect(view: View, screen: Size): PixelRect {
  const from = toImage(view, { x: 0, y: 0 });
  const to = toImage(view, { x: screen.width, y: screen.height });
  return { x0: from.x, y0: from.y, x1: to.x, y1: to.y };
}
