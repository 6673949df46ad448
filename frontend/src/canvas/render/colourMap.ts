/** An RGB colour, 0 … 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

type OkLch = readonly [lightness: number, chroma: number, hueDeg: number];

/** Cold and dark to hot and bright: lightness grows evenly, so that equal steps of score look equal. */
const STOPS: readonly OkLch[] = [
  [0.24, 0.09, 290],
  [0.4, 0.17, 318],
  [0.57, 0.21, 355],
  [0.74, 0.18, 50],
  [0.92, 0.15, 98],
];

/** Colour of a level 0 … 1, interpolated in OKLCH (Ottosson 2020), where distances are perceptual. */
export function rampColour(level: number): Rgb {
  const at = Math.min(1, Math.max(0, level)) * (STOPS.length - 1);
  const index = Math.min(Math.floor(at), STOPS.length - 2);
  const from = STOPS[index]!;
  const to = STOPS[index + 1]!;
  const t = at - index;
  // Hue goes the short way round the circle.
  const turn = ((to[2] - from[2] + 540) % 360) - 180;
  return oklchToRgb([from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t, from[2] + turn * t]);
}

/** `size` RGBA texels for the shader's look-up. */
export function rampTexels(size: number): Uint8Array<ArrayBuffer> {
  const texels = new Uint8Array(size * 4);
  for (let i = 0; i < size; i++) texels.set([...rampColour(i / (size - 1)), 255], i * 4);
  return texels;
}

/** The same ramp for a legend. */
export function rampCss(direction = "to right"): string {
  const stops = Array.from({ length: 9 }, (_, i) => `rgb(${rampColour(i / 8).join(" ")})`);
  return `linear-gradient(${direction}, ${stops.join(", ")})`;
}

/** `#rrggbb` as three numbers 0 … 1; anything else is a neutral grey. */
export function hexToUnitRgb(hex: string): [number, number, number] {
  const match = /^#([0-9a-f]{6})$/i.exec(hex.trim());
  if (!match?.[1]) return [0.7, 0.7, 0.7];
  const value = Number.parseInt(match[1], 16);
  return [((value >> 16) & 255) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}

function oklchToRgb([lightness, chroma, hueDeg]: OkLch): Rgb {
  const a = chroma * Math.cos((hueDeg * Math.PI) / 180);
  const b = chroma * Math.sin((hueDeg * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function encode(linear: number): number {
  const clipped = Math.min(1, Math.max(0, linear));
  const curved = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
  return Math.round(curved * 255);
}
