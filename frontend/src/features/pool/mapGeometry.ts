export interface Place {
  x: number;
  y: number;
}

/** Carries positions of the map into a canvas of a certain size, with a margin, both axes alike. */
export interface Frame {
  toCanvas: (place: Place) => Place;
}

const MARGIN_PX = 24;

export function frameOf(
  xs: readonly number[],
  ys: readonly number[],
  width_px: number,
  height_px: number,
): Frame {
  const [left, right] = extent(xs);
  const [bottom, top] = extent(ys);
  const room = (size_px: number) => Math.max(1, size_px - 2 * MARGIN_PX);
  const scale = Math.min(room(width_px) / (right - left || 1), room(height_px) / (top - bottom || 1));
  return {
    toCanvas: ({ x, y }) => ({
      x: width_px / 2 + (x - (left + right) / 2) * scale,
      y: height_px / 2 - (y - (bottom + top) / 2) * scale,
    }),
  };
}

function extent(values: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 0];
}

/** Numbers of the places inside a closed line, by the even-odd rule; none for fewer than three corners. */
export function inside(corners: readonly Place[], places: readonly Place[]): number[] {
  if (corners.length < 3) return [];
  const found: number[] = [];
  places.forEach((place, number) => {
    if (isInside(corners, place)) found.push(number);
  });
  return found;
}

function isInside(corners: readonly Place[], { x, y }: Place): boolean {
  let within = false;
  corners.forEach((from, index) => {
    const to = corners[(index + 1) % corners.length]!;
    if (from.y > y !== to.y > y && x < from.x + ((y - from.y) / (to.y - from.y)) * (to.x - from.x))
      within = !within;
  });
  return within;
}

/** Number of the place nearest to another one, within a reach; -1 where there is none. */
export function nearest(places: readonly Place[], to: Place, reach_px: number): number {
  let best = -1;
  let distance = reach_px;
  places.forEach((place, number) => {
    const away = Math.hypot(place.x - to.x, place.y - to.y);
    if (away <= distance) [best, distance] = [number, away];
  });
  return best;
}
