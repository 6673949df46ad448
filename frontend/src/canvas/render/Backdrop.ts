import { isSamePlace, type Display, type Frame } from "./frame";
import { setSampling } from "./gl";

/**
 * Image and score map as last drawn, kept at screen size.
 *
 * While a person paints neither changes, so a frame costs one copy and the masks.
 */
export class Backdrop {
  private readonly gl: WebGL2RenderingContext;
  private readonly framebuffer: WebGLFramebuffer;
  private readonly texture: WebGLTexture;
  private width = 0;
  private height = 0;
  private drawn: { frame: Frame; display: Display } | null = null;

  constructor(gl: WebGL2RenderingContext) {
    this.gl = gl;
    this.framebuffer = gl.createFramebuffer();
    this.texture = gl.createTexture();
  }

  /** Makes the next frame draw everything again. */
  invalidate(): void {
    this.drawn = null;
  }

  /** Puts the backdrop on the screen, calling `paint` first when what is kept is not this frame's. */
  show(frame: Frame, display: Display, paint: () => void): void {
    const { gl } = this;
    const { width, height } = frame.viewport;
    this.resize(width, height);
    if (!this.isCurrent(frame, display)) {
      gl.bindFramebuffer(gl.FRAMEBUFFER, this.framebuffer);
      paint();
      this.drawn = { frame, display };
    }
    // Browsers empty the screen's buffer at the first draw or clear after they showed it, and a copy is neither:
    // without a clear before it, the first mask drawn after the copy would wipe the copy away.
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, this.framebuffer);
    gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, null);
    gl.blitFramebuffer(0, 0, width, height, 0, 0, width, height, gl.COLOR_BUFFER_BIT, gl.NEAREST);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  }

  private isCurrent(frame: Frame, display: Display): boolean {
    const { drawn } = this;
    if (!drawn || drawn.display !== display) return false;
    if (drawn.frame.bare !== frame.bare || drawn.frame.blink !== frame.blink) return false;
    return isSamePlace(drawn.frame, frame);
  }

  private resize(width: number, height: number): void {
    if (width === this.width && height === this.height) return;
    const { gl } = this;
    [this.width, this.height] = [width, height];
    this.drawn = null;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, null);
    setSampling(gl, gl.NEAREST, gl.NEAREST);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.texture, 0);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  }
}
