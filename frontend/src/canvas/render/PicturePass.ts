import { pictureSize, type Picture } from "../picture";
import type { Display, Frame } from "./frame";
import { GreyPass } from "./GreyPass";
import { ImagePass } from "./ImagePass";

/** One photograph, 8 or 16 bits, stretched over the image's place. */
export class PicturePass {
  private readonly bitmap: ImagePass;
  private readonly grey: GreyPass;
  private size = { width: 1, height: 1 };

  constructor(gl: WebGL2RenderingContext) {
    this.bitmap = new ImagePass(gl);
    this.grey = new GreyPass(gl);
  }

  /** Uploads a picture a part at a time; `afterPart` is called after each, and stops it by answering false. */
  async upload(picture: Picture, afterPart: () => boolean): Promise<void> {
    this.clear();
    this.size = pictureSize(picture);
    if (picture.kind === "bitmap") await this.bitmap.upload(picture.bitmap, afterPart);
    else await this.grey.upload(picture, afterPart);
  }

  draw(frame: Frame, display: Display): void {
    const stretch = [frame.image.width / this.size.width, frame.image.height / this.size.height] as const;
    this.bitmap.draw(frame, display, stretch);
    this.grey.draw(frame, display, stretch);
  }

  clear(): void {
    this.bitmap.clear();
    this.grey.clear();
  }
}
