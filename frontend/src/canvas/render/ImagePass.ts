import type { Picture } from "../picture";
import type { Display, Frame } from "./frame";
import { Program, setSampling } from "./gl";
import type { ImagePart, Stretch } from "./parts";
import { IMAGE, PLACED_QUAD } from "./shaders";

const UNIFORMS = ["u_rect", "u_view", "u_viewport", "u_image", "u_window", "u_grey"] as const;

/** An 8-bit photograph: one texture, or parts when it is larger than what uploads smoothly. */
export class ImagePass {
  private readonly gl: WebGL2RenderingContext;
  private readonly program;
  private parts: ImagePart[] = [];
  private isGrey = false;

  constructor(gl: WebGL2RenderingContext) {
    this.gl = gl;
    this.program = new Program(gl, PLACED_QUAD, IMAGE, UNIFORMS);
  }

  /** Uploads one box of a decoded image. */
  addPart({ bitmap, isGrey }: Extract<Picture, { kind: "bitmap" }>, rect: ImagePart["rect"]): void {
    const { gl } = this;
    const [x0, y0, x1, y1] = rect;
    const texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, x0);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, y0);
    const [kept, format] = isGrey ? [gl.R8, gl.RED] : [gl.RGBA8, gl.RGBA];
    gl.texImage2D(gl.TEXTURE_2D, 0, kept, x1 - x0, y1 - y0, 0, format, gl.UNSIGNED_BYTE, bitmap);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, 0);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 0);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    gl.generateMipmap(gl.TEXTURE_2D);
    setSampling(gl, gl.LINEAR_MIPMAP_LINEAR, gl.NEAREST);
    this.isGrey = isGrey;
    this.parts.push({ texture, rect });
  }

  draw(frame: Frame, display: Display, [stretchX, stretchY]: Stretch): void {
    if (this.parts.length === 0) return;
    const { gl, program } = this;
    program.use();
    gl.uniform3f(program.at("u_view"), frame.view.scale, frame.view.x, frame.view.y);
    gl.uniform2f(program.at("u_viewport"), frame.viewport.width, frame.viewport.height);
    gl.uniform2f(program.at("u_window"), ...display.intensityWindow);
    gl.uniform1i(program.at("u_grey"), Number(this.isGrey));
    gl.uniform1i(program.at("u_image"), 0);
    gl.activeTexture(gl.TEXTURE0);
    for (const part of this.parts) {
      gl.bindTexture(gl.TEXTURE_2D, part.texture);
      const [x0, y0, x1, y1] = part.rect;
      gl.uniform4f(program.at("u_rect"), x0 * stretchX, y0 * stretchY, x1 * stretchX, y1 * stretchY);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    }
  }

  clear(): void {
    for (const part of this.parts) this.gl.deleteTexture(part.texture);
    this.parts = [];
  }
}
