/** A texture and the box of picture pixels that it shows. */
export interface ImagePart {
  texture: WebGLTexture;
  rect: [x0: number, y0: number, x1: number, y1: number];
}

/** Image pixels per picture pixel: not 1 where a picture of another size is laid over the image. */
export type Stretch = readonly [x: number, y: number];

/** Larger textures upload in one long block; smaller ones cost more draws. */
const PART_SIDE_PX = 1024;
const WHOLE_SIDE_PX = 2048;

/** The boxes in which a picture is uploaded: one when it is small. */
export function partBoxes(width: number, height: number): ImagePart["rect"][] {
  const side = Math.max(width, height) <= WHOLE_SIDE_PX ? WHOLE_SIDE_PX : PART_SIDE_PX;
  const boxes: ImagePart["rect"][] = [];
  for (let y = 0; y < height; y += side) {
    for (let x = 0; x < width; x += side) {
      boxes.push([x, y, Math.min(x + side, width), Math.min(y + side, height)]);
    }
  }
  return boxes;
}
