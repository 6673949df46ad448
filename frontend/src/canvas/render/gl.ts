/** Thrown when the browser offers no WebGL2. */
export class WebGlMissingError extends Error {
  constructor() {
    super("This browser offers no WebGL2.");
    this.name = "WebGlMissingError";
  }
}

/** A linked program with its uniform places looked up once. */
export class Program<Uniform extends string> {
  readonly handle: WebGLProgram;
  private readonly gl: WebGL2RenderingContext;
  private readonly places: Record<Uniform, WebGLUniformLocation | null>;

  constructor(gl: WebGL2RenderingContext, vertex: string, fragment: string, uniforms: readonly Uniform[]) {
    this.gl = gl;
    this.handle = gl.createProgram();
    for (const [type, source] of [
      [gl.VERTEX_SHADER, vertex],
      [gl.FRAGMENT_SHADER, fragment],
    ] as const) {
      gl.attachShader(this.handle, compile(gl, type, source));
    }
    gl.bindAttribLocation(this.handle, 0, "a_corner");
    gl.linkProgram(this.handle);
    if (!gl.getProgramParameter(this.handle, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(`A shader does not link: ${gl.getProgramInfoLog(this.handle) ?? ""}`);
    }
    const places = uniforms.map((name) => [name, gl.getUniformLocation(this.handle, name)]);
    this.places = Object.fromEntries(places) as Record<Uniform, WebGLUniformLocation | null>;
  }

  use(): void {
    this.gl.useProgram(this.handle);
  }

  at(name: Uniform): WebGLUniformLocation | null {
    return this.places[name];
  }
}

function compile(gl: WebGL2RenderingContext, type: number, source: string): WebGLShader {
  const shader = gl.createShader(type);
  if (!shader) throw new WebGlMissingError();
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) {
    throw new Error(`A shader does not compile: ${gl.getShaderInfoLog(shader) ?? ""}`);
  }
  return shader;
}

/** The two triangles that every pass draws, corners 0 … 1. */
export function createQuad(gl: WebGL2RenderingContext): WebGLVertexArrayObject {
  const array = gl.createVertexArray();
  gl.bindVertexArray(array);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), gl.STATIC_DRAW);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
  return array;
}

/** Wrap at the edge, and the two filters. */
export function setSampling(gl: WebGL2RenderingContext, minify: number, magnify: number): void {
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, minify);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, magnify);
}
