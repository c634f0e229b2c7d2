// SPDX-License-Identifier: Apache-2.0
// Clouds as lit balls: each point is as bright as the surface it lies on, and round.
import {
  BufferAttribute, BufferGeometry, type Color, CustomBlending, OneFactor, Points, ShaderMaterial, ZeroFactor,
} from "three";
import { surface } from "./surface";

const vertex = /* glsl */ `
uniform float radius, minimum, pixels, lift, near, far;
varying float surfaceLight, haze;
void main() {
  vec4 seen = modelViewMatrix * vec4(position, 1.0);
  haze = clamp((-seen.z - near) / (far - near), 0.0, 1.0);
  seen.z += lift;
  gl_Position = projectionMatrix * seen;
  gl_PointSize = max(2.0 * radius * pixels / -seen.z, minimum);
  surfaceLight = abs(dot(normalize(normalMatrix * normal), normalize(vec3(-0.45, 0.8, 0.4))));
}`;

const fragment = /* glsl */ `
uniform vec3 color, background;
varying float surfaceLight, haze;
void main() {
  vec2 place = vec2(2.0, -2.0) * (gl_PointCoord - 0.5);
  float r = length(place);
  float alpha = 1.0 - smoothstep(1.0 - fwidth(r), 1.0, r);
  if (alpha <= 0.0) discard;
  vec3 normal = vec3(place, sqrt(max(1.0 - r * r, 0.0)));
  float ball = dot(normal, normalize(vec3(-0.45, 0.7, 0.9)));
  float light = 0.75 * (surfaceLight - 0.5) + 0.5 * (ball - 0.6);
  vec3 shade = light < 0.0 ? mix(color, vec3(0.0), -0.75 * light) : mix(color, vec3(1.0), 0.75 * light);
  gl_FragColor = vec4(mix(shade, background, 0.55 * haze), alpha);
}`;

/** The uniforms that all clouds of a scene share; a drawing sets them for its view. */
export class CloudView {
  pixels = { value: 1 };
  minimum = { value: 1 };
  near = { value: 0 };
  far = { value: 1 };
  constructor(private background: Color) {}

  material(color: Color, radius: number, lift = 0): ShaderMaterial {
    const { pixels, minimum, near, far } = this;
    const own = { color: { value: color }, radius: { value: radius }, lift: { value: lift } };
    const uniforms = { ...own, pixels, minimum, near, far, background: { value: this.background } };
    // Alpha is which share of a pixel the ball covers. It stays out of the picture, which is opaque.
    const blending = {
      blending: CustomBlending, blendSrc: OneFactor, blendDst: ZeroFactor, blendSrcAlpha: ZeroFactor,
      blendDstAlpha: OneFactor, alphaToCoverage: true,
    } as const;
    return new ShaderMaterial({ vertexShader: vertex, fragmentShader: fragment, uniforms, ...blending });
  }
}

/** A cloud's geometry, and how far its points are apart. */
export function cloudGeometry(xyz: Float32Array): { geometry: BufferGeometry; spacing: number } {
  const { normals, spacing } = surface(xyz);
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(xyz, 3));
  geometry.setAttribute("normal", new BufferAttribute(normals, 3));
  return { geometry, spacing };
}

export function cloud(geometry: BufferGeometry, material: ShaderMaterial): Points {
  const points = new Points(geometry, material);
  points.frustumCulled = false;
  return points;
}
