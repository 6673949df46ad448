import type { Display, Frame } from "./frame";
import { Program, setSampling } from "./gl";
import { IMAGE, PLACED_QUAD } from "./shaders";

/** A texture and the box of picture pixels that it shows. */
export interface ImagePart {
  texture: WebGLTexture;
  rect: [x0: number, y0: number, x1: number, y1: number];
}

/** Image pixels per picture pixel: not 1 where a picture of another size is laid over the image. */
export type Stretch = readonly [x: number, y: number];

/** Larger textures upload in one long block; smaller ones cost more draws. */
const PART_SIDE_PX = 2048;
const WHOLE_SIDE_PX = 4096;

/** An 8-bit photograph: one texture, or parts when it is larger than what uploads smoothly. */
export class ImagePass {
  private readonly gl: WebGL2RenderingContext;
  private readonly program;
  private parts: ImagePart[] = [];

  constructor(gl: WebGL2RenderingContext) {
    this.gl = gl;
    this.program = new Program(gl, PLACED_QUAD, IMAGE, [
      "u_rect",
      "u_view",
      "u_viewport",
      "u_image",
      "u_window",
    ]);
  }

  /**
   * Uploads a decoded image, a part at a time; `afterPart` is called after each, and stops the upload by
   * answering false (another image was chosen meanwhile).
   */
  async upload(bitmap: ImageBitmap, afterPart: () => boolean): Promise<void> {
    this.clear();
    const limit = Math.min(WHOLE_SIDE_PX, this.gl.getParameter(this.gl.MAX_TEXTURE_SIZE) as number);
    if (Math.max(bitmap.width, bitmap.height) <= limit) {
      this.addPart(bitmap, 0, 0);
      afterPart();
      return;
    }
    for (let y = 0; y < bitmap.height; y += PART_SIDE_PX) {
      for (let x = 0; x < bitmap.width; x += PART_SIDE_PX) {
        const width = Math.min(PART_SIDE_PX, bitmap.width - x);
        const part = await createImageBitmap(bitmap, x, y, width, Math.min(PART_SIDE_PX, bitmap.height - y));
        if (!afterPart()) {
          part.close();
          return;
        }
        this.addPart(part, x, y);
        part.close();
      }
    }
    afterPart();
  }

  draw(frame: Frame, display: Display, [stretchX, stretchY]: Stretch): void {
    if (this.parts.length === 0) return;
    const { gl, program } = this;
    program.use();
    gl.uniform3f(program.at("u_view"), frame.view.scale, frame.view.x, frame.view.y);
    gl.uniform2f(program.at("u_viewport"), frame.viewport.width, frame.viewport.height);
    gl.uniform2f(program.at("u_window"), ...display.intensityWindow);
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

  private addPart(bitmap: ImageBitmap, x: number, y: number): void {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    gl.generateMipmap(gl.TEXTURE_2D);
    setSampling(gl, gl.LINEAR_MIPMAP_LINEAR, gl.NEAREST);
    this.parts.push({ texture, rect: [x, y, x + bitmap.width, y + bitmap.height] });
  }
}
