import type { MaskDocument } from "../MaskDocument";
import type { ScoreMap } from "../geometry/scoreMap";
import type { Picture } from "../picture";
import { Backdrop } from "./Backdrop";
import type { Display, Frame } from "./frame";
import { createQuad, WebGlMissingError } from "./gl";
import { MaskPass } from "./MaskPass";
import { PicturePass } from "./PicturePass";
import { ScorePass } from "./ScorePass";

const BACKGROUND = [0.043, 0.059, 0.075] as const;

/** All GPU state of one canvas. After a lost context it is thrown away and made again. */
export class Renderer {
  private readonly gl: WebGL2RenderingContext;
  private readonly backdrop: Backdrop;
  private readonly picture: PicturePass;
  private readonly other: PicturePass;
  private readonly score: ScorePass;
  private readonly masks: MaskPass;

  /** Throws `WebGlMissingError` where the browser has no WebGL2. */
  constructor(canvas: HTMLCanvasElement) {
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, preserveDrawingBuffer: false });
    if (!gl) throw new WebGlMissingError();
    this.gl = gl;
    gl.bindVertexArray(createQuad(gl));
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.backdrop = new Backdrop(gl);
    this.picture = new PicturePass(gl);
    this.other = new PicturePass(gl);
    this.score = new ScorePass(gl);
    this.masks = new MaskPass(gl);
  }

  uploadPicture(picture: Picture, afterPart: () => boolean): Promise<void> {
    return this.upload(this.picture, picture, afterPart);
  }

  /** Uploads the picture that takes the image's place while a frame says `blink`; null frees it. */
  async uploadOther(picture: Picture | null, afterPart: () => boolean): Promise<void> {
    if (picture) await this.upload(this.other, picture, afterPart);
    else this.other.clear();
  }

  uploadScoreMap(map: ScoreMap | null): void {
    this.score.upload(map);
    this.backdrop.invalidate();
  }

  /** Drops the previous image with its masks. */
  clear(): void {
    this.picture.clear();
    this.other.clear();
    this.masks.clear();
    this.score.upload(null);
    this.backdrop.invalidate();
  }

  draw(document: MaskDocument | null, frame: Frame, display: Display): void {
    const { gl } = this;
    const isBare = frame.bare || frame.blink;
    gl.viewport(0, 0, frame.viewport.width, frame.viewport.height);
    this.backdrop.show(frame, display, () => {
      gl.clearColor(...BACKGROUND, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      (frame.blink ? this.other : this.picture).draw(frame, display);
      if (display.scoreVisible && !isBare) this.score.draw(frame, display);
    });
    if (display.maskVisible && !isBare && document) this.masks.draw(document, frame, display);
  }

  private upload(pass: PicturePass, picture: Picture, afterPart: () => boolean): Promise<void> {
    return pass.upload(picture, () => {
      this.backdrop.invalidate();
      return afterPart();
    });
  }
}
