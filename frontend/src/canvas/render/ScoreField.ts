import type { ScoreMap } from "../geometry/scoreMap";
import { isSamePlace, type Frame } from "./frame";
import { Program, setSampling } from "./gl";
import { FIELD, PLACED_QUAD } from "./shaders";

const UNIFORMS = ["u_rect", "u_view", "u_viewport", "u_score", "u_image_size", "u_cells"] as const;
const NOTHING = new Uint32Array(4);

/**
 * The upsampled score under each device pixel, kept while neither map nor view changes.
 *
 * Upsampling in whole numbers is what costs; cutting the result at another threshold is next to nothing.
 */
export class ScoreField {
  readonly texture: WebGLTexture;
  private readonly gl: WebGL2RenderingContext;
  private readonly program;
  private readonly framebuffer: WebGLFramebuffer;
  private drawn: { map: ScoreMap; frame: Frame } | null = null;

  constructor(gl: WebGL2RenderingContext) {
    this.gl = gl;
    this.program = new Program(gl, PLACED_QUAD, FIELD, UNIFORMS);
    this.texture = gl.createTexture();
    this.framebuffer = gl.createFramebuffer();
  }

  /** Brings the field up to date; `texture` holds the map as the server keeps it. */
  update(map: ScoreMap, texture: WebGLTexture, frame: Frame): void {
    const { drawn, gl, program } = this;
    if (drawn?.map === map && isSamePlace(drawn.frame, frame)) return;
    const { width, height } = frame.viewport;
    if (drawn?.frame.viewport.width !== width || drawn.frame.viewport.height !== height) {
      this.resize(width, height);
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.framebuffer);
    gl.disable(gl.BLEND);
    gl.clearBufferuiv(gl.COLOR, 0, NOTHING);
    program.use();
    gl.uniform4f(program.at("u_rect"), 0, 0, frame.image.width, frame.image.height);
    gl.uniform3f(program.at("u_view"), frame.view.scale, frame.view.x, frame.view.y);
    gl.uniform2f(program.at("u_viewport"), width, height);
    gl.uniform2i(program.at("u_image_size"), frame.image.width, frame.image.height);
    gl.uniform2i(program.at("u_cells"), map.width, map.height);
    gl.uniform1i(program.at("u_score"), 0);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.enable(gl.BLEND);
    this.drawn = { map, frame };
  }

  private resize(width: number, height: number): void {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG32UI, width, height, 0, gl.RG_INTEGER, gl.UNSIGNED_INT, null);
    setSampling(gl, gl.NEAREST, gl.NEAREST);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.texture, 0);
  }
}
