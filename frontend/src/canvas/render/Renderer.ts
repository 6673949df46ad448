import type { MaskDocument } from "../MaskDocument";
import type { ScoreMap } from "../geometry/scoreMap";
import { Backdrop } from "./Backdrop";
import type { Display, Frame } from "./frame";
import { createQuad, WebGlMissingError } from "./gl";
import { MaskPass } from "./MaskPass";
import { Pictures } from "./Pictures";
import { ScorePass } from "./ScorePass";

const BACKGROUND = [0.043, 0.059, 0.075] as const;

/** All GPU state of one canvas. After a lost context it is thrown away and made again. */
export class Renderer {
  private readonly gl: WebGL2RenderingContext;
  private readonly backdrop: Backdrop;
  readonly pictures: Pictures;
  private readonly score: ScorePass;
  private readonly masks: MaskPass;

  /**
   * Throws `WebGlMissingError` where the browser has no WebGL2.
   *
   * @param requestDraw - called when more of a picture is there to be drawn.
   */
  constructor(canvas: HTMLCanvasElement, requestDraw: () => void) {
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, preserveDrawingBuffer: false });
    if (!gl) throw new WebGlMissingError();
    this.gl = gl;
    gl.bindVertexArray(createQuad(gl));
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.backdrop = new Backdrop(gl);
    this.pictures = new Pictures(gl, () => {
      this.backdrop.invalidate();
      requestDraw();
    });
    this.score = new ScorePass(gl);
    this.masks = new MaskPass(gl);
  }

  uploadScoreMap(map: ScoreMap | null): void {
    this.score.upload(map);
    this.backdrop.invalidate();
  }

  /** Forgets the copies of another image's masks. */
  clearMasks(): void {
    this.masks.clear();
  }

  /** Drops the image with its masks. */
  clear(): void {
    this.pictures.clear();
    this.masks.clear();
    this.score.upload(null);
    this.backdrop.invalidate();
  }

  draw(document: MaskDocument | null, frame: Frame, display: Display): void {
    const { gl } = this;
    const isBare = frame.bare || frame.blink;
    const hasScore = display.scoreVisible && !isBare;
    gl.viewport(0, 0, frame.viewport.width, frame.viewport.height);
    if (hasScore) this.score.prepare(frame);
    this.backdrop.show(frame, display, () => {
      gl.clearColor(...BACKGROUND, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      this.pictures.draw(frame, display);
      if (hasScore) this.score.draw(frame, display);
    });
    if (display.maskVisible && !isBare && document) this.masks.draw(document, frame, display);
  }
}
