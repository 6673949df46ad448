import { overlap, type PixelRect } from "../geometry/rect";
import type { MaskDocument } from "../MaskDocument";
import type { ScoreMap } from "../geometry/scoreMap";
import { Backdrop } from "./Backdrop";
import type { Display, Frame } from "./frame";
import { createQuad, WebGlMissingError } from "./gl";
import { MaskPass } from "./MaskPass";
import { Pictures } from "./Pictures";
import { ScreenCopy } from "./ScreenCopy";
import { ScorePass } from "./ScorePass";

const BACKGROUND = [0.043, 0.059, 0.075] as const;

/** All GPU state of one canvas. After a lost context it is thrown away and made again. */
export class Renderer {
  private readonly gl: WebGL2RenderingContext;
  private readonly backdrop: Backdrop;
  /** The backdrop with the masks on it: a stroke draws again only where it changed something. */
  private readonly finished: ScreenCopy;
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
    this.finished = new ScreenCopy(gl);
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

  draw(document: MaskDocument, frame: Frame, display: Display): void {
    const { gl, backdrop } = this;
    const { width, height } = frame.viewport;
    const isBare = frame.bare || frame.blink;
    const hasScore = display.scoreVisible && !isBare;
    const hasMasks = display.maskVisible && !isBare;
    gl.viewport(0, 0, width, height);
    if (hasScore) this.score.prepare(frame);
    const isRedrawn = backdrop.update(frame, display, () => {
      gl.clearColor(...BACKGROUND, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      this.pictures.draw(frame, display);
      if (hasScore) this.score.draw(frame, display);
    });
    const changed = hasMasks ? this.masks.prepare(document, frame, display) : null;
    const all = { x0: 0, y0: 0, x1: width, y1: height };
    const isNew = this.finished.resize(frame.viewport);
    const due = isRedrawn || isNew || changed === "all" ? all : changed && overlap(changed, all);
    if (due) {
      backdrop.copy.copyTo(this.finished.framebuffer, due);
      if (hasMasks) this.masks.draw(document, due, frame, display);
    }
    this.show(all);
  }

  /**
   * Browsers empty the screen's buffer at the first draw or clear after they showed it, and a copy is neither:
   * without a clear before it, the copy could be wiped away.
   */
  private show(all: PixelRect): void {
    const { gl } = this;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.clear(gl.COLOR_BUFFER_BIT);
    this.finished.copyTo(null, all);
  }
}
