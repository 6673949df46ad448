/** Places a box of image pixels on the screen. `v_image` is the position in image pixels. */
export const PLACED_QUAD = `#version 300 es
precision highp float;
in vec2 a_corner;
uniform vec4 u_rect;      // image pixels: x0, y0, x1, y1
uniform vec3 u_view;      // device pixels per image pixel, offset x, offset y
uniform vec2 u_viewport;  // device pixels
out vec2 v_uv;
out vec2 v_image;
void main() {
  v_uv = a_corner;
  v_image = mix(u_rect.xy, u_rect.zw, a_corner);
  vec2 clip = (v_image * u_view.x + u_view.yz) / u_viewport * 2.0 - 1.0;
  gl_Position = vec4(clip.x, -clip.y, 0.0, 1.0);
}`;

/** Covers the whole target. */
export const FULL_QUAD = `#version 300 es
precision highp float;
in vec2 a_corner;
void main() { gl_Position = vec4(a_corner * 2.0 - 1.0, 0.0, 1.0); }`;

/** The image, with the intensity window stretched to black … white. */
export const IMAGE = `#version 300 es
precision highp float;
in vec2 v_uv;
uniform sampler2D u_image;
uniform vec2 u_window;    // low, high in 0 … 1
uniform bool u_grey;      // only the red channel is there
out vec4 colour;
void main() {
  vec3 pixel = texture(u_image, v_uv).rgb;
  vec3 value = ((u_grey ? pixel.rrr : pixel) - u_window.x) / max(u_window.y - u_window.x, 1e-4);
  colour = vec4(clamp(value, 0.0, 1.0), 1.0);
}`;

/** A 16-bit grey image: the mean of a few samples where a device pixel covers several of its pixels. */
export const GREY16 = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
in vec2 v_uv;
uniform usampler2D u_image;
uniform vec2 u_window;    // low, high in 0 … 1 of 65535
uniform float u_step;     // image pixels per device pixel
uniform int u_taps;       // samples per axis
out vec4 colour;
void main() {
  ivec2 size = textureSize(u_image, 0);
  vec2 at = v_uv * vec2(size);
  float sum = 0.0;
  for (int j = 0; j < u_taps; j++) for (int i = 0; i < u_taps; i++) {
    vec2 offset = u_taps == 1 ? vec2(0) : ((vec2(i, j) + 0.5) / float(u_taps) - 0.5) * u_step;
    sum += float(texelFetch(u_image, clamp(ivec2(floor(at + offset)), ivec2(0), size - 1), 0).r);
  }
  float value = sum / (float(u_taps * u_taps) * 65535.0);
  value = (value - u_window.x) / max(u_window.y - u_window.x, 1e-5);
  colour = vec4(vec3(clamp(value, 0.0, 1.0)), 1.0);
}`;

/**
 * The score under each device pixel, times four times the image's area: geometry/scoreMap.ts in 32-bit whole
 * numbers. The sum is split at bit 16, so that nothing is rounded and the mask equals the one computed on the
 * CPU and on the server. Bit 16 of the low part says that there is a pixel at all.
 */
export const FIELD = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
in vec2 v_image;
uniform usampler2D u_score;
uniform ivec2 u_image_size;
uniform ivec2 u_cells;
out uvec2 field;

uvec3 axis(int pixel, int pixels, int cells) {
  int numerator = clamp((2 * pixel + 1) * cells - pixels, 0, 2 * pixels * (cells - 1));
  int low = numerator / (2 * pixels);
  return uvec3(low, min(low + 1, cells - 1), numerator - low * 2 * pixels);
}

uint value(uint x, uint y) { return texelFetch(u_score, ivec2(x, y), 0).r; }

void main() {
  ivec2 pixel = clamp(ivec2(floor(v_image)), ivec2(0), u_image_size - 1);
  uvec3 x = axis(pixel.x, u_image_size.x, u_cells.x);
  uvec3 y = axis(pixel.y, u_image_size.y, u_cells.y);
  uint left = 2u * uint(u_image_size.x) - x.z;
  uint above = 2u * uint(u_image_size.y) - y.z;
  uint top = value(x.x, y.x) * left + value(x.y, y.x) * x.z;
  uint bottom = value(x.x, y.y) * left + value(x.y, y.y) * x.z;
  uint high = (top >> 16) * above + (bottom >> 16) * y.z;
  uint low = (top & 0xffffu) * above + (bottom & 0xffffu) * y.z;
  field = uvec2(high + (low >> 16), (low & 0xffffu) | 0x10000u);
}`;

/** The score map from its field: coloured, cut at the threshold, outlined. */
export const SCORE = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform usampler2D u_field;
uniform sampler2D u_ramp;
uniform ivec2 u_image_size;
uniform uvec2 u_threshold;   // high and low part of the smallest predicted numerator
uniform vec2 u_range;        // map values drawn as the first and last colour
uniform float u_opacity;
uniform int u_mode;          // 0 heat, 1 predicted area, 2 outline only
out vec4 colour;

uvec2 field(ivec2 at) { return texelFetch(u_field, clamp(at, ivec2(0), textureSize(u_field, 0) - 1), 0).rg; }

bool predicted(uvec2 n) {
  return n.y > 0u && (n.x > u_threshold.x || (n.x == u_threshold.x && (n.y & 0xffffu) >= u_threshold.y));
}

void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  uvec2 n = field(at);
  bool inside = predicted(n);
  float score = (float(n.x) * 65536.0 + float(n.y & 0xffffu)) / (4.0 * float(u_image_size.x) * float(u_image_size.y));
  float level = clamp((score - u_range.x) / max(u_range.y - u_range.x, 1e-6), 0.0, 1.0);
  float alpha = 0.0;
  if (u_mode == 0) alpha = u_opacity * (inside ? 1.0 : 0.55 * smoothstep(0.0, 0.5, level));
  if (u_mode == 1) alpha = inside ? u_opacity : 0.0;
  vec3 rgb = texture(u_ramp, vec2(level, 0.5)).rgb;
  bool edge = inside != predicted(field(at + ivec2(1, 0))) || inside != predicted(field(at - ivec2(1, 0))) ||
              inside != predicted(field(at + ivec2(0, 1))) || inside != predicted(field(at - ivec2(0, 1)));
  if (edge) {
    rgb = inside ? vec3(1.0, 0.97, 0.86) : vec3(0.0);
    alpha = max(alpha, inside ? 0.9 : 0.45);
  }
  colour = vec4(rgb * alpha, alpha);
}`;

/** One mask tile into the coverage target. */
export const TILE = `#version 300 es
precision highp float;
in vec2 v_uv;
uniform sampler2D u_tile;
out vec4 colour;
void main() { colour = vec4(texture(u_tile, v_uv).r); }`;

/** A layer's coverage as a tinted area with an outline of one and a half device pixels. */
export const LAYER = `#version 300 es
precision highp float;
uniform sampler2D u_coverage;
uniform vec3 u_colour;
uniform float u_fill;
uniform bool u_outline;
uniform bool u_hatched;
out vec4 colour;
float coverage(ivec2 at) {
  return texelFetch(u_coverage, clamp(at, ivec2(0), textureSize(u_coverage, 0) - 1), 0).r;
}
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  float here = coverage(at);
  float least = here, most = here;
  for (int dy = -1; dy <= 1; dy++) for (int dx = -1; dx <= 1; dx++) {
    float other = coverage(at + ivec2(dx, dy));
    least = min(least, other);
    most = max(most, other);
  }
  bool edge = u_outline && most > 0.5 && least < 0.5;
  bool inside = here > 0.5;
  // The square root keeps single pixels visible when the whole of a large image is on the screen.
  float alpha = u_fill * sqrt(here);
  if (u_hatched && (at.x + at.y) % 10 < 5) alpha *= 0.35;
  if (edge && inside) alpha = 1.0;
  vec3 rgb = edge && !inside ? vec3(0.0) : u_colour;
  if (edge && !inside) alpha = 0.55;
  colour = vec4(rgb * alpha, alpha);
}`;
