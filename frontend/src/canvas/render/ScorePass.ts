import { thresholdNumerator, type ScoreMap } from "../geometry/scoreMap";
import { rampTexels } from "./colourMap";
import type { Display, Frame, ScoreMode } from "./frame";
import { Program, setSampling } from "./gl";
import { ScoreField } from "./ScoreField";
import { PLACED_QUAD, SCORE } from "./shaders";

const MODES: Record<ScoreMode, number> = { heat: 0, area: 1, outline: 2 };
const RAMP_SIZE = 256;
const UNIFORMS = [
  "u_rect",
  "u_view",
  "u_viewport",
  "u_field",
  "u_ramp",
  "u_image_size",
  "u_threshold",
  "u_range",
  "u_opacity",
  "u_mode",
] as const;

/** The score map, kept at its native grid, upsampled and cut by shaders. */
export class ScorePass {
  private readonly gl: WebGL2RenderingContext;
  private readonly program;
  private readonly field: ScoreField;
  private readonly ramp: WebGLTexture;
  private readonly texture: WebGLTexture;
  private map: ScoreMap | null = null;

  constructor(gl: WebGL2RenderingContext) {
    this.gl = gl;
    this.program = new Program(gl, PLACED_QUAD, SCORE, UNIFORMS);
    this.field = new ScoreField(gl);
    this.texture = gl.createTexture();
    this.ramp = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.ramp);
    gl.texImage2D(
      gl.TEXTURE_2D,
      0,
      gl.RGBA8,
      RAMP_SIZE,
      1,
      0,
      gl.RGBA,
      gl.UNSIGNED_BYTE,
      rampTexels(RAMP_SIZE),
    );
    setSampling(gl, gl.LINEAR, gl.LINEAR);
  }

  upload(map: ScoreMap | null): void {
    const { gl } = this;
    this.map = map;
    if (!map) return;
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
    gl.texImage2D(
      gl.TEXTURE_2D,
      0,
      gl.R16UI,
      map.width,
      map.height,
      0,
      gl.RED_INTEGER,
      gl.UNSIGNED_SHORT,
      map.values,
    );
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    setSampling(gl, gl.NEAREST, gl.NEAREST);
  }

  /** Gets ready to draw a frame; before its target is bound. */
  prepare(frame: Frame): void {
    if (this.map) this.field.update(this.map, this.texture, frame);
  }

  /** Draws a prepared frame into the target that is bound. */
  draw(frame: Frame, display: Display): void {
    const { gl, program, map } = this;
    if (!map) return;
    const { width, height } = frame.image;
    const limit = thresholdNumerator(map, display.threshold, width, height);
    program.use();
    gl.uniform4f(program.at("u_rect"), 0, 0, width, height);
    gl.uniform3f(program.at("u_view"), frame.view.scale, frame.view.x, frame.view.y);
    gl.uniform2f(program.at("u_viewport"), frame.viewport.width, frame.viewport.height);
    gl.uniform2i(program.at("u_image_size"), width, height);
    gl.uniform2ui(program.at("u_threshold"), Math.floor(limit / 65_536), limit % 65_536);
    gl.uniform2f(program.at("u_range"), display.scoreRange[0] / map.scale, display.scoreRange[1] / map.scale);
    gl.uniform1f(program.at("u_opacity"), display.scoreOpacity);
    gl.uniform1i(program.at("u_mode"), MODES[display.scoreMode]);
    gl.uniform1i(program.at("u_field"), 0);
    gl.uniform1i(program.at("u_ramp"), 1);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, this.ramp);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.field.texture);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }
}
