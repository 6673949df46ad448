import { pictureSize, type Picture } from "../picture";
import type { Display, Frame } from "./frame";
import { GreyPass } from "./GreyPass";
import { ImagePass } from "./ImagePass";
import { partBoxes, type ImagePart } from "./parts";

/** One photograph, 8 or 16 bits, stretched over the image's place. */
export class PicturePass {
  private readonly bitmap: ImagePass;
  private readonly grey: GreyPass;
  private held: Picture | null = null;
  private uploaded: Promise<void> = Promise.resolve();
  private size = { width: 1, height: 1 };

  constructor(gl: WebGL2RenderingContext) {
    this.bitmap = new ImagePass(gl);
    this.grey = new GreyPass(gl);
  }

  /** The picture that is here, or being uploaded. */
  get picture(): Picture | null {
    return this.held;
  }

  /** Resolves when all of the picture is here, or another one was taken meanwhile. */
  get whole(): Promise<void> {
    return this.uploaded;
  }

  /** Uploads a picture a part at a time, and waits for `pause` after each; ends when another one is taken. */
  upload(picture: Picture, pause: () => Promise<void>): Promise<void> {
    this.clear();
    this.held = picture;
    this.size = pictureSize(picture);
    this.uploaded = this.uploadParts(picture, pause);
    return this.uploaded;
  }

  draw(frame: Frame, display: Display): void {
    const stretch = [frame.image.width / this.size.width, frame.image.height / this.size.height] as const;
    this.bitmap.draw(frame, display, stretch);
    this.grey.draw(frame, display, stretch);
  }

  clear(): void {
    this.held = null;
    this.bitmap.clear();
    this.grey.clear();
  }

  private async uploadParts(picture: Picture, pause: () => Promise<void>): Promise<void> {
    for (const box of partBoxes(this.size.width, this.size.height)) {
      this.addPart(picture, box);
      await pause();
      if (this.held !== picture) return;
    }
  }

  private addPart(picture: Picture, box: ImagePart["rect"]): void {
    if (picture.kind === "bitmap") this.bitmap.addPart(picture, box);
    else this.grey.addPart(picture, box);
  }
}
