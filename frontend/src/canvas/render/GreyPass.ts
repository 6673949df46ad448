import type { Picture } from "../picture";
import type { Display, Frame } from "./frame";
import { Program, setSampling } from "./gl";
import type { ImagePart, Stretch } from "./parts";
import { GREY16, PLACED_QUAD } from "./shaders";

const MOST_TAPS = 4;
const UNIFORMS = ["u_rect", "u_view", "u_viewport", "u_image", "u_window", "u_step", "u_taps"] as const;

/** A 16-bit picture as integer textures: the window is applied to all 16 bits, never to 8 of them. */
export class GreyPass {
  private readonly gl: WebGL2RenderingContext;
  private readonly program;
  private parts: ImagePart[] = [];

  constructor(gl: WebGL2RenderingContext) {
    this.gl = gl;
    this.program = new Program(gl, PLACED_QUAD, GREY16, UNIFORMS);
  }

  /** Uploads one box of the picture. */
  addPart({ values, ...size }: Extract<Picture, { kind: "grey16" }>, rect: ImagePart["rect"]): void {
    const { gl } = this;
    const [x0, y0, x1, y1] = rect;
    const texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, size.width);
    const from = values.subarray(y0 * size.width + x0);
    const format = [gl.RED_INTEGER, gl.UNSIGNED_SHORT] as const;
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16UI, x1 - x0, y1 - y0, 0, ...format, from);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    setSampling(gl, gl.NEAREST, gl.NEAREST);
    this.parts.push({ texture, rect });
  }

  draw(frame: Frame, display: Display, [stretchX, stretchY]: Stretch): void {
    if (this.parts.length === 0) return;
    const { gl, program } = this;
    const stepPx = 1 / (frame.view.scale * Math.max(stretchX, stretchY));
    program.use();
    gl.uniform3f(program.at("u_view"), frame.view.scale, frame.view.x, frame.view.y);
    gl.uniform2f(program.at("u_viewport"), frame.viewport.width, frame.viewport.height);
    gl.uniform2f(program.at("u_window"), ...display.intensityWindow);
    gl.uniform1f(program.at("u_step"), stepPx);
    gl.uniform1i(program.at("u_taps"), Math.min(MOST_TAPS, Math.max(1, Math.ceil(stepPx))));
    gl.uniform1i(program.at("u_image"), 0);
    gl.activeTexture(gl.TEXTURE0);
    for (const { texture, rect } of this.parts) {
      const [x0, y0, x1, y1] = rect;
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.uniform4f(program.at("u_rect"), x0 * stretchX, y0 * stretchY, x1 * stretchX, y1 * stretchY);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    }
  }

  clear(): void {
    for (const part of this.parts) this.gl.deleteTexture(part.texture);
    this.parts = [];
  }
}
