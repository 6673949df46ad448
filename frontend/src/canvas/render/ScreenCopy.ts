import type { PixelRect } from "../geometry/rect";
import type { Size } from "../geometry/view";
import { setSampling } from "./gl";

/** A picture at screen size that stays from frame to frame. */
export class ScreenCopy {
  readonly framebuffer: WebGLFramebuffer;
  private readonly gl: WebGL2RenderingContext;
  private readonly texture: WebGLTexture;
  private width = 0;
  private height = 0;

  constructor(gl: WebGL2RenderingContext) {
    this.gl = gl;
    this.framebuffer = gl.createFramebuffer();
    this.texture = gl.createTexture();
  }

  /** Takes the screen's size; true when it had another, and nothing of what was drawn is left. */
  resize({ width, height }: Size): boolean {
    if (width === this.width && height === this.height) return false;
    const { gl } = this;
    [this.width, this.height] = [width, height];
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, null);
    setSampling(gl, gl.NEAREST, gl.NEAREST);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.texture, 0);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    return true;
  }

  /** Copies a box of device pixels to another target, null: the screen. The target stays bound. */
  copyTo(target: WebGLFramebuffer | null, { x0, y0, x1, y1 }: PixelRect): void {
    const { gl, height } = this;
    const [bottom, top] = [height - y1, height - y0];
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, this.framebuffer);
    gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, target);
    gl.blitFramebuffer(x0, bottom, x1, top, x0, bottom, x1, top, gl.COLOR_BUFFER_BIT, gl.NEAREST);
    gl.bindFramebuffer(gl.FRAMEBUFFER, target);
  }
}
