import type { Plane } from "../geometry/flood";
import type { Picture } from "../picture";

const STRIP_PX = 256;

/** A picture's grey values: luma (Rec. 601) of a decoded one, the values themselves of a 16-bit one. */
export function greyPlane(picture: Picture): Plane {
  if (picture.kind === "grey16") {
    return { values: picture.values, widthPx: picture.width, heightPx: picture.height };
  }
  const { bitmap } = picture;
  const { width, height } = bitmap;
  const values = new Uint8Array(width * height);
  // Read strip by strip: the colours of a whole large image would take four times its bytes.
  const strip = new OffscreenCanvas(width, Math.min(STRIP_PX, height));
  const context = strip.getContext("2d", { willReadFrequently: true })!;
  for (let y = 0; y < height; y += STRIP_PX) {
    const rows = Math.min(STRIP_PX, height - y);
    context.drawImage(bitmap, 0, y, width, rows, 0, 0, width, rows);
    writeLuma(context.getImageData(0, 0, width, rows).data, values, y * width);
  }
  return { values, widthPx: width, heightPx: height };
}

function writeLuma(rgba: Uint8ClampedArray, values: Uint8Array, offset: number): void {
  for (let i = 0; i < rgba.length; i += 4) {
    values[offset + i / 4] = Math.round(0.299 * rgba[i]! + 0.587 * rgba[i + 1]! + 0.114 * rgba[i + 2]!);
  }
}
