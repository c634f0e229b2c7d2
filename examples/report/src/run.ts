// SPDX-License-Identifier: Apache-2.0
// The data of a run, as the page works with it. Positions are in the scene's unit, rotations quaternions x y z w.
import {
  bytes, count, fields, flag, list, number, numberOrNull, quaternion, refuse, text, vector,
  type Quaternion, type Vector,
} from "./check";

export interface Round { round: number; mean: number | null; best: number | null; threshold: number | null }
export interface Phase { name: string; seconds: number }
/** Corners `xyz xyz …`, and three indices for each triangle. */
export interface Triangles { vertices: Float32Array; triangles: Uint16Array }
export interface Link extends Triangles { name: string }

export interface Keyframe {
  round: number;
  label: string;
  scores: (number | null)[];
  /** The samples of the round: each a cloud of `xyz xyz …`, or the poses `x y z qx qy qz qw` of an arm's links. */
  samples(): Float32Array[];
}

export type Item =
  | { type: "points"; label: string; positions: Float32Array }
  | { type: "box"; label: string; center: Vector; half: Vector; rotation: Quaternion }
  | { type: "solid"; label: string; mesh: Triangles }
  | { type: "half_space"; label: string; normal: Vector; height: number }
  | { type: "ground"; label: string; height: number }
  | { type: "goal"; label: string; position: Vector; rotation: Quaternion | null }
  | { type: "finger"; label: string; start: Vector; tip: Vector; touches: boolean };

export interface Bounds { min: Vector; max: Vector }

export interface Scene {
  unit: string;
  up: Vector;
  bounds: Bounds;
  kind: "clouds" | "arms";
  links: Link[];
  keyframes: Keyframe[];
  items: Item[];
}

export interface Run {
  title: string;
  summary: string;
  settings: [string, string][];
  table: { columns: string[]; rows: string[][] };
  phases: Phase[];
  rounds: Round[];
  scene: Scene;
}

function finite(values: Float32Array, place: string): Float32Array {
  const bad = values.find((v) => !(Math.abs(v) <= 1e9));
  return bad === undefined ? values : refuse(place, "numbers within ±1e9", String(bad));
}

/** Of quantized positions, of which 0 … 65535 stand for the bounds' minimum … maximum. */
function positions(raw: ArrayBuffer, { min, max }: Bounds): Float32Array {
  const quantized = new Uint16Array(raw);
  const result = new Float32Array(quantized.length);
  for (let axis = 0; axis < 3; ++axis) {
    const [low, step] = [min[axis], (max[axis] - min[axis]) / 65535];
    for (let i = axis; i < result.length; i += 3) result[i] = low + step * quantized[i];
  }
  return result;
}

function readBounds(value: unknown, place: string): Bounds {
  const from = fields(value, place);
  const bounds = { min: vector(from.min, `${place}.min`), max: vector(from.max, `${place}.max`) };
  const ordered = bounds.min.every((low, i) => low <= bounds.max[i]);
  if (!ordered || bounds.min.every((low, i) => low === bounds.max[i])) refuse(place, "min below max", value);
  return bounds;
}

function readDirection(value: unknown, place: string): Vector {
  const direction = vector(value, place);
  const length = Math.hypot(...direction);
  if (length < 1e-6) refuse(place, "a direction", length);
  return direction.map((v) => v / length) as Vector;
}

function readTriangles(from: Record<string, unknown>, place: string): Triangles {
  const vertices = bytes(from.vertices, `${place}.vertices`);
  if (vertices.byteLength % 12 !== 0) refuse(`${place}.vertices`, "a multiple of 12 bytes", vertices.byteLength);
  const triangles = bytes(from.triangles, `${place}.triangles`);
  if (triangles.byteLength % 6 !== 0) refuse(`${place}.triangles`, "a multiple of 6 bytes", triangles.byteLength);
  const mesh = {
    vertices: finite(new Float32Array(vertices), `${place}.vertices`),
    triangles: new Uint16Array(triangles),
  };
  const last = vertices.byteLength / 12 - 1;
  const beyond = mesh.triangles.find((index) => index > last);
  if (beyond !== undefined) refuse(`${place}.triangles`, `vertices up to ${last}`, beyond);
  return mesh;
}

function readLink(value: unknown, place: string): Link {
  const from = fields(value, place);
  return { name: text(from.name, `${place}.name`), ...readTriangles(from, place) };
}

/** `values` in `parts` parts of one length. */
function split(values: Float32Array, parts: number): Float32Array[] {
  const size = values.length / parts;
  return Array.from({ length: parts }, (_, i) => values.subarray(i * size, (i + 1) * size));
}

type Shape = { kind: "clouds"; points: number; bounds: Bounds } | { kind: "arms"; links: number };

function readKeyframe(value: unknown, place: string, shape: Shape): Keyframe {
  const from = fields(value, place);
  const scores = list(from.scores, `${place}.scores`, numberOrNull, 16);
  if (scores.length === 0) refuse(`${place}.scores`, "at least one sample", from.scores);
  const n = scores.length;
  const about = { round: count(from.round, `${place}.round`), label: text(from.label, `${place}.label`), scores };
  if (shape.kind === "clouds") {
    const raw = bytes(from.positions, `${place}.positions`, n * shape.points * 6);
    return { ...about, samples: () => split(positions(raw, shape.bounds), n) };
  }
  const poses = finite(new Float32Array(bytes(from.poses, `${place}.poses`, n * shape.links * 28)), `${place}.poses`);
  return { ...about, samples: () => split(poses, n) };
}

function readItem(value: unknown, place: string, bounds: Bounds): Item {
  const from = fields(value, place);
  const label = text(from.label, `${place}.label`);
  const point = (name: string) => vector(from[name], `${place}.${name}`);
  const turn = (name: string) => quaternion(from[name], `${place}.${name}`);
  switch (from.type) {
    case "points": {
      const raw = bytes(from.positions, `${place}.positions`);
      if (raw.byteLength % 6 !== 0) refuse(`${place}.positions`, "a multiple of 6 bytes", raw.byteLength);
      return { type: "points", label, positions: positions(raw, bounds) };
    }
    case "box": {
      const half = point("half");
      if (half.some((h) => h < 0)) refuse(`${place}.half`, "lengths from 0", Math.min(...half));
      return { type: "box", label, center: point("center"), half, rotation: turn("rotation") };
    }
    case "solid":
      return { type: "solid", label, mesh: readTriangles(from, place) };
    case "half_space": {
      const normal = readDirection(from.normal, `${place}.normal`);
      return { type: "half_space", label, normal, height: number(from.height, `${place}.height`) };
    }
    case "ground":
      return { type: "ground", label, height: number(from.height, `${place}.height`) };
    case "goal": {
      const rotation = from.rotation == null ? null : turn("rotation");
      return { type: "goal", label, position: point("position"), rotation };
    }
    case "finger": {
      const touches = flag(from.touches, `${place}.touches`);
      return { type: "finger", label, start: point("start"), tip: point("tip"), touches };
    }
    default:
      return refuse(`${place}.type`, "points, box, solid, half_space, ground, goal or finger", from.type);
  }
}

function readShape(from: Record<string, unknown>, bounds: Bounds, links: number): Shape {
  if (from.kind === "arms") {
    if (links === 0) refuse("scene.links", "at least one link", from.links);
    return { kind: "arms", links };
  }
  if (from.kind !== "clouds") refuse("scene.kind", "clouds or arms", from.kind);
  const points = count(from.points, "scene.points");
  if (points === 0) refuse("scene.points", "at least one point", points);
  return { kind: "clouds", points, bounds };
}

function readScene(value: unknown): Scene {
  const from = fields(value, "scene");
  const bounds = readBounds(from.bounds, "scene.bounds");
  const links = from.kind === "arms" ? list(from.links, "scene.links", readLink, 64) : [];
  const shape = readShape(from, bounds, links.length);
  const keyframes = list(from.keyframes, "scene.keyframes", (v, place) => readKeyframe(v, place, shape), 16);
  if (keyframes.length === 0) refuse("scene.keyframes", "at least the prior", from.keyframes);
  return {
    unit: text(from.unit, "scene.unit"),
    up: readDirection(from.up, "scene.up"),
    bounds,
    kind: shape.kind,
    links,
    keyframes,
    items: list(from.items, "scene.items", (v, place) => readItem(v, place, bounds), 1000),
  };
}

function readRound(value: unknown, place: string): Round {
  const from = fields(value, place);
  return {
    round: count(from.round, `${place}.round`),
    mean: numberOrNull(from.mean, `${place}.mean`),
    best: numberOrNull(from.best, `${place}.best`),
    threshold: numberOrNull(from.threshold, `${place}.threshold`),
  };
}

function readPhase(value: unknown, place: string): Phase {
  const from = fields(value, place);
  const seconds = number(from.seconds, `${place}.seconds`);
  if (seconds < 0) refuse(`${place}.seconds`, "seconds from 0", seconds);
  return { name: text(from.name, `${place}.name`), seconds };
}

function readRow(value: unknown, place: string): string[] {
  return list(value, place, text, 100);
}

function readSetting(value: unknown, place: string): [string, string] {
  const pair = readRow(value, place);
  return pair.length === 2 ? [pair[0], pair[1]] : refuse(place, "a name and a value", value);
}

/** The run in a page's JSON, or null where it holds none. Errors: BadData, which says what is wrong and where. */
export function readRun(json: string): Run | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return refuse("the run", "JSON", String((error as Error).message));
  }
  if (value === null) return null;
  const from = fields(value, "the run");
  if (from.version !== 1) refuse("version", "1", from.version);
  const table = fields(from.table, "table");
  return {
    title: text(from.title, "title"),
    summary: text(from.summary, "summary"),
    settings: list(from.settings, "settings", readSetting),
    table: { columns: readRow(table.columns, "table.columns"), rows: list(table.rows, "table.rows", readRow) },
    phases: list(from.phases, "phases", readPhase),
    rounds: list(from.rounds, "rounds", readRound, 100000),
    scene: readScene(from.scene),
  };
}
