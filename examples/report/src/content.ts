// SPDX-License-Identifier: Apache-2.0
// Where in space there is something to see.
import { Box3, Quaternion, Vector3 } from "three";
import type { Item, Scene } from "./run";

export interface Content {
  middle: Vector3;
  /** Of the box about all there is. */
  diagonal: number;
  bounds: Box3;
  /** The outermost points: who sees them sees everything. */
  outline: Vector3[];
}

export function boxCorners({ min, max }: Box3): Vector3[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].map((c) =>
    new Vector3(c & 1 ? max.x : min.x, c & 2 ? max.y : min.y, c & 4 ? max.z : min.z));
}

function itemPoints(item: Item): Vector3[] {
  switch (item.type) {
    case "points":
      return points(item.positions);
    case "box": {
      const half = new Vector3(...item.half);
      const [turn, center] = [new Quaternion(...item.rotation), new Vector3(...item.center)];
      return boxCorners(new Box3(half.clone().negate(), half)).map((c) => c.applyQuaternion(turn).add(center));
    }
    case "solid":
      return points(item.mesh.vertices);
    case "goal":
      return [new Vector3(...item.position)];
    case "finger":
      return [new Vector3(...item.start), new Vector3(...item.tip)];
    case "half_space":
    case "ground":
      return [];
  }
}

/** Some hundred points of a cloud: the others are not far from them. */
function points(xyz: Float32Array): Vector3[] {
  const step = Math.max(1, Math.floor(xyz.length / 3 / 256));
  const found: Vector3[] = [];
  for (let i = 0; i + 2 < xyz.length; i += 3 * step) found.push(new Vector3(xyz[i], xyz[i + 1], xyz[i + 2]));
  return found;
}

/** The corners of the links' boxes, where an arm's poses put them. */
function armPoints(boxes: Box3[], poses: Float32Array): Vector3[] {
  return boxes.flatMap((box, i) => {
    const [x, y, z, qx, qy, qz, qw] = poses.subarray(7 * i, 7 * i + 7);
    const turn = new Quaternion(qx, qy, qz, qw).normalize();
    return boxCorners(box).map((c) => c.applyQuaternion(turn).add(new Vector3(x, y, z)));
  });
}

/** The corners of a box, brought to the ground. */
function below(bounds: Box3, up: Vector3, height: number): Vector3[] {
  return boxCorners(bounds).map((corner) => corner.addScaledVector(up, height - corner.dot(up)));
}

/** Those of `all` that are the farthest in one of many directions. */
function outermost(all: Vector3[]): Vector3[] {
  const directions = 96;
  const found = new Set<Vector3>();
  for (let i = 0; i < directions; ++i) {
    const height = 1 - (2 * (i + 0.5)) / directions; // on a spiral about the sphere
    const [angle, width] = [i * Math.PI * (3 - Math.sqrt(5)), Math.sqrt(1 - height * height)];
    const [u, v] = [width * Math.cos(angle), width * Math.sin(angle)];
    const along = (p: Vector3) => u * p.x + v * p.y + height * p.z;
    let [farthest, most] = [all[0], -Infinity];
    for (const p of all) {
      const at = along(p);
      if (at > most) [farthest, most] = [p, at];
    }
    found.add(farthest);
  }
  return [...found];
}

/** The content of the first and last keyframe and of the items; the keyframes between lie among them but for chance. */
export function contentOf(scene: Scene): Content {
  const boxes = scene.links.map((link) => new Box3().setFromArray(link.vertices));
  const ends = [scene.keyframes[0], scene.keyframes[scene.keyframes.length - 1]];
  const samples = ends.flatMap((keyframe) => keyframe.samples());
  const drawn = samples.flatMap((sample) => (scene.kind === "arms" ? armPoints(boxes, sample) : points(sample)));
  const outline = outermost([...drawn, ...scene.items.flatMap(itemPoints)]);
  const bounds = new Box3().setFromPoints(outline);
  for (const item of scene.items) {
    if (item.type === "ground") outline.push(...below(bounds, new Vector3(...scene.up), item.height));
  }
  const size = Math.max(bounds.min.distanceTo(bounds.max), 1e-6);
  return { middle: bounds.getCenter(new Vector3()), diagonal: size, bounds, outline };
}
