// SPDX-License-Identifier: Apache-2.0
// What is drawn with the samples in both views: the observation, obstacles, ground, goal and fingers.
import {
  BoxGeometry, BufferAttribute, type BufferGeometry, CircleGeometry, CylinderGeometry, DoubleSide, EdgesGeometry,
  GreaterDepth, Group, Mesh, MeshBasicMaterial, MeshPhongMaterial, type Object3D, PlaneGeometry, Quaternion,
  SphereGeometry, Vector3,
} from "three";
import { LineMaterial } from "three/addons/lines/LineMaterial.js";
import { LineSegments2 } from "three/addons/lines/LineSegments2.js";
import { LineSegmentsGeometry } from "three/addons/lines/LineSegmentsGeometry.js";
import { mergeGeometries } from "three/addons/utils/BufferGeometryUtils.js";
import { meshGeometry } from "./arms";
import { cloud, cloudGeometry, CloudView } from "./cloud";
import { boxCorners, type Content } from "./content";
import { niceLength } from "./lengths";
import { lit, raw } from "./palette";
import type { Item, Scene } from "./run";

type Of<T extends Item["type"]> = Extract<Item, { type: T }>;

const after = { boxes: 1000, hidden: 2000 }; // arms come first, by distance
const z = new Vector3(0, 0, 1);

function line(positions: ArrayLike<number>, color: string, width: number): LineSegments2 {
  const geometry = new LineSegmentsGeometry().setPositions(Float32Array.from(positions));
  return new LineSegments2(geometry, new LineMaterial({ color: lit(color), linewidth: width }));
}

/** Materials that take their colors from the bodies, so that all bodies are drawn as one. */
class Bodies {
  private solid = new MeshPhongMaterial({ vertexColors: true, specular: 0x333333, shininess: 50 });
  /** Where something hides it. */
  private trace = new MeshBasicMaterial({
    vertexColors: true, transparent: true, opacity: 0.65, depthFunc: GreaterDepth, depthWrite: false,
  });

  body(geometry: BufferGeometry, color: string): Mesh {
    const { r, g, b } = lit(color);
    const { count } = geometry.attributes.position;
    const colors = Float32Array.from({ length: 3 * count }, (_, i) => [r, g, b][i % 3]);
    geometry.setAttribute("color", new BufferAttribute(colors, 3));
    return new Mesh(geometry, this.solid);
  }

  rod(from: Vector3, to: Vector3, radius: number, color: string): Mesh {
    const along = to.clone().sub(from);
    const made = this.body(new CylinderGeometry(radius, radius, along.length(), 12), color);
    made.position.copy(from).addScaledVector(along, 0.5);
    made.quaternion.setFromUnitVectors(new Vector3(0, 1, 0), along.normalize());
    return made;
  }

  /** A ball that is seen through what hides it. */
  ball(center: Vector3, radius: number, color: string): Group {
    const solid = this.body(new SphereGeometry(radius, 18, 9), color);
    const made = new Group().add(solid, new Mesh(solid.geometry, this.trace));
    made.position.copy(center);
    return made;
  }

  /** Replaces the bodies in a group by two meshes. */
  join(group: Group): void {
    group.updateMatrixWorld(true);
    for (const material of [this.solid, this.trace]) {
      const parts: Mesh[] = [];
      group.traverse((part) => {
        if (part instanceof Mesh && part.material === material) parts.push(part);
      });
      if (parts.length === 0) continue;
      const placed = parts.map((part) => part.geometry.clone().applyMatrix4(part.matrixWorld));
      for (const part of parts) part.removeFromParent();
      const joined = new Mesh(mergeGeometries(placed), material);
      joined.renderOrder = material === this.trace ? after.hidden : 0;
      group.add(joined);
    }
  }
}

/** A body that is seen through, with its sharp edges. */
function obstacle(geometry: BufferGeometry): Group {
  const color = lit("obstacle");
  const faces = new Mesh(geometry, new MeshPhongMaterial({
    color, transparent: true, opacity: 0.34, depthWrite: false, side: DoubleSide, specular: 0,
  }));
  faces.renderOrder = after.boxes;
  const edges = new EdgesGeometry(geometry, 20).attributes.position.array;
  return new Group().add(faces, line(edges, "obstacle-edge", 1.6));
}

function box(item: Of<"box">): Object3D {
  const [x, y, height] = item.half.map((h) => Math.max(2 * h, 1e-6));
  const made = obstacle(new BoxGeometry(x, y, height));
  made.position.set(...item.center);
  made.quaternion.set(...item.rotation);
  return made;
}

function groundMaterial(): MeshBasicMaterial {
  const through = { transparent: true, opacity: 0.7, side: DoubleSide, depthWrite: false, fog: false };
  return new MeshBasicMaterial({ color: lit("ground"), ...through });
}

/** The part of a plane under the bounds, with lines a round length apart. */
function ground(height: number, { bounds, diagonal }: Content, up: Vector3): Object3D {
  const turn = new Quaternion().setFromUnitVectors(z, up);
  const back = turn.clone().invert();
  const under = boxCorners(bounds).map((corner) => corner.applyQuaternion(back));
  const step = gridStep(diagonal);
  const range = (axis: "x" | "y") => {
    const values = under.map((c) => c[axis]);
    return [Math.round(Math.min(...values) / step), Math.round(Math.max(...values) / step)];
  };
  const [[left, right], [front, rear]] = [range("x"), range("y")];
  const lines: number[] = [];
  for (let i = left; i <= right; ++i) lines.push(i * step, front * step, 0, i * step, rear * step, 0);
  for (let i = front; i <= rear; ++i) lines.push(left * step, i * step, 0, right * step, i * step, 0);
  const plane = new Mesh(
    new PlaneGeometry((right - left) * step, (rear - front) * step),
    groundMaterial(),
  );
  plane.position.set(((left + right) * step) / 2, ((front + rear) * step) / 2, -1e-3 * diagonal);
  plane.renderOrder = -2;
  const grid = line(lines, "ground-line", 1);
  grid.renderOrder = -1;
  const made = new Group().add(plane, grid);
  made.quaternion.copy(turn);
  made.position.copy(up).multiplyScalar(height);
  return made;
}

/** Points are what was seen; where fingers tell of a shape, it is their contacts that were felt. */
export function pointsColor(scene: Scene): "seen" | "reference" {
  return scene.items.some((item) => item.type === "finger") ? "reference" : "seen";
}

/** The distance of the ground's lines. */
export function gridStep(diagonal: number): number {
  return niceLength(diagonal / 16);
}

function goal(item: Of<"goal">, diagonal: number, bodies: Bodies): Object3D {
  const size = 0.012 * diagonal;
  const made = new Group().add(bodies.ball(new Vector3(), size, "goal"));
  if (item.rotation) {
    for (const [axis, color] of [["x", "axis-x"], ["y", "axis-y"], ["z", "axis-z"]] as const) {
      const tip = new Vector3();
      tip[axis] = 5.5 * size;
      made.add(bodies.rod(new Vector3(), tip, 0.22 * size, color));
    }
    made.quaternion.set(...item.rotation);
  }
  made.position.set(...item.position);
  return made;
}

/** The ray from start to tip, with the contact at the tip; a finger that met nothing is thin and has none. */
function finger(item: Of<"finger">, diagonal: number, bodies: Bodies): Object3D {
  const [start, tip] = [new Vector3(...item.start), new Vector3(...item.tip)];
  const [radius, color] = item.touches ? [0.006 * diagonal, "finger"] : [0.003 * diagonal, "finger-free"];
  const made = new Group();
  if (start.distanceTo(tip) > 0) made.add(bodies.rod(start, tip, radius, color));
  if (item.touches) made.add(bodies.ball(tip, 0.017 * diagonal, "contact"));
  return made;
}

/** A floor for clouds, which float otherwise. */
function floor({ middle, outline, diagonal }: Content, up: Vector3): Object3D {
  const below = Math.max(...outline.map((point) => middle.clone().sub(point).dot(up)));
  const disc = new Mesh(
    new CircleGeometry(0.3 * diagonal, 64),
    groundMaterial(),
  );
  disc.quaternion.setFromUnitVectors(z, up);
  disc.position.copy(middle).addScaledVector(up, -below);
  disc.renderOrder = -2;
  return disc;
}

export function drawItems(scene: Scene, content: Content, view: CloudView, radius: number): Group {
  const up = new Vector3(...scene.up);
  const { diagonal } = content;
  const bodies = new Bodies();
  const drawn = scene.items.map((item): Object3D => {
    switch (item.type) {
      case "points": {
        const color = pointsColor(scene);
        const [size, lift] = color === "seen" ? [0.95, 1.6] : [0.8, 0]; // what was seen is seen before a sample
        return cloud(cloudGeometry(item.positions).geometry, view.material(raw(color), size * radius, lift * radius));
      }
      case "box":
        return box(item);
      case "ground":
        return ground(item.height, content, up);
      case "half_space":
        return ground(item.height, content, new Vector3(...item.normal));
      case "solid":
        return obstacle(meshGeometry(item.mesh));
      case "goal":
        return goal(item, diagonal, bodies);
      case "finger":
        return finger(item, diagonal, bodies);
    }
  });
  if (scene.kind === "clouds" && !scene.items.some((i) => i.type === "ground")) drawn.push(floor(content, up));
  const group = new Group();
  for (const object of drawn) group.add(object);
  bodies.join(group);
  return group;
}
