// SPDX-License-Identifier: Apache-2.0
// The samples of one keyframe in space, colored by score.
import { type BufferGeometry, type Camera, Group, Mesh, type Object3D, Points } from "three";
import { Arm, meshGeometry } from "./arms";
import { cloud, cloudGeometry, CloudView } from "./cloud";
import { lit, raw, scoreColor, scoreScale } from "./palette";
import type { Keyframe, Scene } from "./run";

export interface SampleSet {
  group: Group;
  count: number;
  /** Shows only these samples, as `camera` will see them. */
  show(chosen: number[], camera: Camera): void;
}

/** Makes the sets of a scene's keyframes, each once. */
export class SampleMaker {
  private sets = new Map<Keyframe, SampleSet>();
  private links: BufferGeometry[];
  private scale;
  /** The radius of a cloud's balls. */
  readonly radius: number;

  constructor(private scene: Scene, private view: CloudView, diagonal: number) {
    this.scale = scoreScale(scene.keyframes.flatMap((f) => f.scores));
    this.links = scene.links.map(meshGeometry);
    const spacing = scene.kind === "clouds" ? cloudGeometry(scene.keyframes[0].samples()[0]).spacing : 0;
    this.radius = Math.min(Math.max(1.8 * spacing, 0.003 * diagonal), 0.025 * diagonal);
  }

  of(keyframe: Keyframe): SampleSet {
    const made = this.sets.get(keyframe)
      ?? (this.scene.kind === "clouds" ? this.clouds(keyframe) : this.arms(keyframe));
    this.sets.set(keyframe, made);
    return made;
  }

  dispose(): void {
    for (const set of this.sets.values()) disposeOf(set.group);
  }

  private clouds(keyframe: Keyframe): SampleSet {
    const group = new Group();
    keyframe.samples().forEach((xyz, i) => {
      const material = this.view.material(scoreColor(keyframe.scores[i], this.scale, raw), this.radius);
      group.add(cloud(cloudGeometry(xyz).geometry, material));
    });
    return { group, count: group.children.length, show: (chosen) => showOnly(group.children, chosen) };
  }

  private arms(keyframe: Keyframe): SampleSet {
    const group = new Group();
    const color = (i: number) => scoreColor(keyframe.scores[i], this.scale, lit);
    const arms = keyframe.samples().map((poses, i) => new Arm(this.links, poses, color(i)));
    group.add(...arms.map((arm) => arm.group));
    const show = (chosen: number[], camera: Camera) => {
      showOnly(group.children, chosen);
      const shown = chosen.map((i) => arms[i]).sort((a, b) => b.distance(camera) - a.distance(camera));
      shown.forEach((arm, place) => {
        arm.order = place;
        arm.opacity = chosen.length === 1 ? 1 : Math.max(0.42, 1 / Math.sqrt(chosen.length));
      });
    };
    return { group, count: arms.length, show };
  }
}

function showOnly(objects: Object3D[], chosen: number[]): void {
  objects.forEach((object, i) => (object.visible = chosen.includes(i)));
}

/** Gives back what an object holds on the graphics card. */
export function disposeOf(object: Object3D): void {
  object.traverse((part) => {
    if (!(part instanceof Mesh || part instanceof Points)) return;
    part.geometry.dispose();
    part.material.dispose();
  });
}
