import { isSamePlace, type Display, type Frame } from "./frame";
import { ScreenCopy } from "./ScreenCopy";

/**
 * Image and score map as last drawn, kept at screen size.
 *
 * While a person paints neither changes, so a frame costs copies and what the stroke changed of the masks.
 */
export class Backdrop {
  readonly copy: ScreenCopy;
  private readonly gl: WebGL2RenderingContext;
  private drawn: { frame: Frame; display: Display } | null = null;

  constructor(gl: WebGL2RenderingContext) {
    this.gl = gl;
    this.copy = new ScreenCopy(gl);
  }

  /** Makes the next frame draw everything again. */
  invalidate(): void {
    this.drawn = null;
  }

  /** Calls `paint` when what is kept is not this frame's; says whether it did. */
  update(frame: Frame, display: Display, paint: () => void): boolean {
    const { gl } = this;
    const isNew = this.copy.resize(frame.viewport);
    if (!isNew && this.isCurrent(frame, display)) return false;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.copy.framebuffer);
    paint();
    this.drawn = { frame, display };
    return true;
  }

  private isCurrent(frame: Frame, display: Display): boolean {
    const { drawn } = this;
    if (!drawn || drawn.display !== display) return false;
    if (drawn.frame.bare !== frame.bare || drawn.frame.blink !== frame.blink) return false;
    return isSamePlace(drawn.frame, frame);
  }
}
