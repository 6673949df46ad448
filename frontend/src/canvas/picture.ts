/**
 * The photograph as the canvas draws it: what the browser decoded, or the grey values of a 16-bit image, of
 * which a browser keeps only 8 bits.
 */
export type Picture =
  | {
      readonly kind: "bitmap";
      readonly bitmap: ImageBitmap;
      /** Whether all channels are alike: then one of them is enough on the graphics card. */
      readonly isGrey: boolean;
    }
  | {
      readonly kind: "grey16";
      /** Row-major, black 0, white 65,535. */
      readonly values: Uint16Array<ArrayBuffer>;
      readonly width: number;
      readonly height: number;
    };

/** Intensities as parts of the full scale, drawn as black and as white. */
export type IntensityWindow = readonly [low: number, high: number];

export const FULL_WINDOW: IntensityWindow = [0, 1];
const FULL_SCALE = 65_535;
const SAMPLES = 65_536;
const TAIL = 0.001;
const LEAST_WIDTH = 64 / FULL_SCALE;

/** Width and height in pixels. */
export function pictureSize(picture: Picture): { width: number; height: number } {
  const { width, height } = picture.kind === "bitmap" ? picture.bitmap : picture;
  return { width, height };
}

/** Bytes that a picture takes on the graphics card. */
export function pictureBytes(picture: Picture): number {
  const { width, height } = pictureSize(picture);
  if (picture.kind === "grey16") return 2 * width * height;
  // A third more for the smaller copies.
  return (width * height * (picture.isGrey ? 1 : 4) * 4) / 3;
}

/** Frees what the browser does not free by itself soon enough. */
export function closePicture(picture: Picture): void {
  if (picture.kind === "bitmap") picture.bitmap.close();
}

/**
 * The window in which a picture is readable: all of 8 bits; of 16 bits all but a thousandth at either end, since
 * most cameras fill only a part of them.
 */
export function readableWindow(picture: Picture): IntensityWindow {
  if (picture.kind === "bitmap") return FULL_WINDOW;
  const { values } = picture;
  const count = Math.min(values.length, SAMPLES);
  const sample = Uint16Array.from(
    { length: count },
    (_, i) => values[Math.floor((i * values.length) / count)]!,
  );
  sample.sort();
  const low = sample[Math.floor(TAIL * (count - 1))]! / FULL_SCALE;
  const high = sample[Math.ceil((1 - TAIL) * (count - 1))]! / FULL_SCALE;
  return high - low >= LEAST_WIDTH
    ? [low, high]
    : [Math.max(0, low - LEAST_WIDTH), Math.min(1, low + LEAST_WIDTH)];
}
