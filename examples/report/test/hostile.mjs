// SPDX-License-Identifier: Apache-2.0
// Data that a page must refuse: how a good run is spoilt, and the words of the message that it is refused with.
const base64 = (values) => Buffer.from(values.buffer).toString("base64");

/** Each: what it is, the JSON text or how to spoil a run (`clouds` or `arms`), words of the message. */
export const hostile = [
  { what: "no run", text: "null", words: "holds no run" },
  { what: "no JSON", text: '{"version": 1,', words: "wanted JSON" },
  { what: "an empty text", text: "", words: "wanted JSON" },
  { what: "a number", text: "7", words: "the run: wanted an object, got 7" },
  { what: "another version", spoil: (run) => (run.version = 2), words: "version: wanted 1, got 2" },
  { what: "no scene", spoil: (run) => delete run.scene, words: "scene: wanted an object, got nothing" },
  { what: "no keyframes", spoil: (run) => (run.scene.keyframes = []), words: "scene.keyframes" },
  { what: "bounds the wrong way", spoil: (run) => run.scene.bounds.min.reverse().fill(9), words: "scene.bounds" },
  { what: "bounds out of sight", spoil: (run) => (run.scene.bounds.max[0] = 1e300), words: "scene.bounds.max" },
  { what: "up that is no direction", spoil: (run) => (run.scene.up = [0, 0, 0]), words: "scene.up" },
  { what: "positions cut short", words: "scene.keyframes[1].positions: wanted 6144 bytes, got 6141",
    spoil: ({ scene: { keyframes } }) => (keyframes[1].positions = keyframes[1].positions.slice(0, -4)) },
  { what: "positions that are no base64", words: "scene.keyframes[1].positions: wanted base64",
    spoil: (run) => (run.scene.keyframes[1].positions = "<script>") },
  { what: "points beyond counting", spoil: (run) => (run.scene.points = 1e15), words: "scene.keyframes[0].positions" },
  { what: "an item that nobody knows", spoil: (run) => (run.scene.items[0].type = "teapot"), words: 'got "teapot"' },
  { what: "a score that is a text", words: "scene.keyframes[0].scores[0]: wanted a number",
    spoil: (run) => (run.scene.keyframes[0].scores[0] = "0.5") },
  { what: "settings that are no pairs", spoil: (run) => (run.settings[0] = ["seed"]), words: "settings[0]" },
  { what: "poses that are not numbers", of: "arms", words: "scene.keyframes[0].poses",
    spoil: (run) => (run.scene.keyframes[0].poses = base64(new Float32Array(16 * 5 * 7).fill(NaN))) },
  { what: "a triangle of vertices that there are not", of: "arms", words: "scene.links[0].triangles",
    spoil: (run) => (run.scene.links[0].triangles = base64(Uint16Array.of(0, 1, 65535))) },
  { what: "a solid of vertices that there are not", of: "arms", words: "scene.items[1].triangles",
    spoil: (run) => (run.scene.items[1].triangles = base64(Uint16Array.of(0, 1, 4))) },
  { what: "a half-space whose normal is no direction", of: "arms", words: "scene.items[2].normal",
    spoil: (run) => (run.scene.items[2].normal = [0, 0, 0]) },
  { what: "an arm without links", of: "arms", spoil: (run) => (run.scene.links = []), words: "scene.links" },
];
