// SPDX-License-Identifier: Apache-2.0
// Runs that nobody ran: data with every kind of item, from numbers that are the same each time.

let state = 1;
function random() {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
}
const between = (low, high) => low + (high - low) * random();

const base64 = (values) => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");

function quantized(positions, { min, max }) {
  const share = (v, axis) => Math.min(Math.max((v - min[axis]) / (max[axis] - min[axis]), 0), 1);
  return base64(Uint16Array.from(positions, (v, i) => Math.round(65535 * share(v, i % 3))));
}

/** Points on a box of these half edges, turned by `yaw` about the vertical. */
function boxPoints(count, half, yaw) {
  const points = [];
  for (let i = 0; i < count; ++i) {
    const areas = [half[1] * half[2], half[0] * half[2], half[0] * half[1]];
    let pick = random() * (areas[0] + areas[1] + areas[2]);
    const axis = areas.findIndex((area) => (pick -= area) <= 0);
    const p = half.map((h, k) => (k === axis ? (random() < 0.5 ? -h : h) : between(-h, h)));
    points.push(p[0] * Math.cos(yaw) - p[1] * Math.sin(yaw), p[0] * Math.sin(yaw) + p[1] * Math.cos(yaw), p[2]);
  }
  return points;
}

/** The parts that both kinds of run have, for `keyframes` of scores that rise. */
function common(title, scores) {
  const rounds = Array.from({ length: 30 }, (_, i) => {
    const mean = 0.85 - 0.7 * Math.exp(-i / 7) + between(-0.01, 0.01);
    return { round: i + 1, mean, best: Math.min(mean + 0.16, 0.97), threshold: i === 0 ? null : mean + 0.08 };
  });
  const of = (list) => (list.reduce((a, b) => a + b, 0) / list.length).toFixed(3);
  return {
    version: 1,
    title,
    summary: "Made up for the test of the page: nothing was tuned. <b>This is text</b>, not HTML.",
    settings: [["seed", "7"], ["samples a round", "64"], ["quantile", "0.125"], ["rounds", "30"], ["steps", "40"],
      ["learning rate", "0.005"], ["threads", "2"], ["selector", "top quantile"]],
    table: {
      columns: ["", "prior", "tuned"],
      rows: [["mean score", of(scores[0]), of(scores.at(-1))], ["best score", "0.412", "0.968"],
        ["diversity", "76.2", "11.9"], ["samples not in collision", "11.2 %", "99.3 %"]],
    },
    phases: [["sample", 0.12], ["simulate", 0.61], ["score", 0.25], ["select", 0.004], ["update", 0.4]].map(
      ([name, seconds]) => ({ name, seconds })),
    rounds,
  };
}

const keyframeRounds = [0, 1, 2, 3, 4, 5, 7, 9, 11, 14, 17, 20, 23, 26, 28, 30];
const keyframeLabel = (round) => (round === 0 ? "prior" : round === 30 ? "tuned" : `round ${round}`);
const boxItem = { type: "box", label: "obstacle", center: [0.05, 0, 0.35], half: [0.06, 0.22, 0.35],
  rotation: [0, 0, Math.sin(0.2), Math.cos(0.2)] };

export function clouds(points = 1024) {
  state = 1;
  const bounds = { min: [-0.75, -0.75, -0.5], max: [0.8, 0.75, 0.65] };
  const truth = [0.5, 0.3, 0.35];
  const keyframes = keyframeRounds.map((round) => {
    const spread = Math.exp(-round / 8);
    const halves = Array.from({ length: 16 }, () => truth.map((h) => h + spread * between(-0.18, 0.18)));
    const scores = halves.map((half) => Math.exp(-6 * Math.hypot(...half.map((h, k) => h - truth[k]))));
    const positions = halves.flatMap((half) => boxPoints(points, half, 0.4 + spread * between(-0.7, 0.7)));
    return { round, label: keyframeLabel(round), scores, positions: quantized(positions, bounds) };
  });
  const whole = boxPoints(900, truth, 0.4);
  const seen = whole.filter((_, i) => whole[i - (i % 3)] + whole[i - (i % 3) + 1] < -0.15);
  const finger = (label, start, tip, touches) => ({ type: "finger", label, start, tip, touches });
  keyframes[3].scores[2] = null;
  return {
    ...common("Completing a box", keyframes.map((f) => f.scores)),
    scene: {
      unit: "m", up: [0, 0, 1], bounds, kind: "clouds", points, keyframes,
      items: [
        { type: "points", label: "seen", positions: quantized(seen, bounds) },
        finger("finger 1", [0, 0, 0.65], [0, 0, 0.35], true),
        finger("finger 2", [0.3, -0.75, 0], [0.2, -0.27, 0], true),
        finger("finger 3", [0.8, 0.6, 0.1], [0.4, 0.75, 0.1], false),
      ],
    },
  };
}

/** A bar from the origin up, with eight sides. */
function link(name, length, radius) {
  const ring = (height) => Array.from({ length: 8 }, (_, i) =>
    [radius * Math.cos((i * Math.PI) / 4), radius * Math.sin((i * Math.PI) / 4), height]).flat();
  const triangles = [];
  for (let i = 0; i < 8; ++i) {
    const j = (i + 1) % 8;
    triangles.push(i, j, 8 + i, j, 8 + j, 8 + i, 8 + i, 8 + j, 16, j, i, 17);
  }
  const vertices = Float32Array.from([...ring(0), ...ring(length), 0, 0, length + 0.5 * radius, 0, 0, -0.5 * radius]);
  return { name, length, vertices: base64(vertices), triangles: base64(Uint16Array.from(triangles)) };
}

/** A wedge that stands on the ground. */
const wedge = {
  type: "solid", label: "obstacle",
  vertices: base64(Float32Array.of(0.3, -0.5, 0, 0.5, -0.5, 0, 0.4, -0.3, 0, 0.4, -0.4, 0.4)),
  triangles: base64(Uint16Array.of(0, 2, 1, 0, 1, 3, 1, 2, 3, 2, 0, 3)),
};

/** The poses of links one after the other, each bent about y and turned about the vertical by `pan`. */
function armPoses(links, pan, bends) {
  let [x, z, bend] = [0, 0, 0];
  return links.flatMap(({ length }, i) => {
    bend += bends[i];
    const [sp, cp, sb, cb] = [Math.sin(pan / 2), Math.cos(pan / 2), Math.sin(bend / 2), Math.cos(bend / 2)];
    const pose = [-0.6 + x * Math.cos(pan), x * Math.sin(pan), z, -sp * sb, cp * sb, sp * cb, cp * cb];
    x += length * Math.sin(bend);
    z += length * Math.cos(bend);
    return pose;
  });
}

export function arms() {
  state = 7;
  const links = [0.33, 0.32, 0.28, 0.22, 0.12].map((length, i) => link(`link ${i}`, length, 0.06 - 0.008 * i));
  const aim = [0, 0.55, 0.75, 0.8, 0.5];
  const keyframes = keyframeRounds.map((round) => {
    const spread = Math.exp(-round / 8) + 0.03;
    const all = Array.from({ length: 16 }, () => {
      const off = aim.map(() => spread * between(-0.8, 0.8));
      const pan = spread * between(-1.2, 1.2);
      const poses = armPoses(links, pan, aim.map((a, i) => (i === 0 ? 0 : a + off[i])));
      return { score: Math.exp(-Math.hypot(pan, ...off)), poses };
    });
    const poses = base64(Float32Array.from(all.flatMap((a) => a.poses)));
    return { round, label: keyframeLabel(round), scores: all.map((a) => a.score), poses };
  });
  return {
    ...common("Reaching around obstacles", keyframes.map((f) => f.scores)),
    scene: {
      unit: "m", up: [0, 0, 1], bounds: { min: [-1, -0.8, 0], max: [0.7, 0.8, 1.1] }, kind: "arms",
      links: links.map(({ name, vertices, triangles }) => ({ name, vertices, triangles })), keyframes,
      items: [boxItem, wedge, { type: "half_space", label: "half-space", normal: [1, 0, 0], height: -0.95 },
        { type: "ground", label: "ground", height: 0 },
        { type: "goal", label: "goal", position: [0.22, 0, 0.42], rotation: [0, 1, 0, 0] }],
    },
  };
}
