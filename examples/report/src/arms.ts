// SPDX-License-Identifier: Apache-2.0
// Arms as lit meshes. When many are shown at once they are see-through.
import {
  BufferAttribute, BufferGeometry, type Camera, type Color, Group, Mesh, MeshBasicMaterial, MeshPhongMaterial,
  Vector3,
} from "three";
import { toCreasedNormals } from "three/addons/utils/BufferGeometryUtils.js";
import type { Triangles } from "./run";

export function meshGeometry(mesh: Triangles): BufferGeometry {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(mesh.vertices, 3));
  geometry.setIndex(new BufferAttribute(mesh.triangles, 1));
  return toCreasedNormals(geometry, 0.6);
}

// Before an arm is mixed in, its depth is drawn: so one sees its front, not every wall inside it.
const depthOnly = new MeshBasicMaterial({ colorWrite: false, transparent: true });

export class Arm {
  readonly group = new Group();
  private depth = new Group();
  private skin = new Group();
  private material: MeshPhongMaterial;
  private middle = new Vector3();

  constructor(links: BufferGeometry[], poses: Float32Array, color: Color) {
    this.material = new MeshPhongMaterial({ color, specular: 0x222222, shininess: 40 });
    links.forEach((geometry, i) => {
      const [x, y, z, ...turn] = poses.subarray(7 * i, 7 * i + 7);
      for (const [part, material] of [[this.depth, depthOnly], [this.skin, this.material]] as const) {
        const mesh = new Mesh(geometry, material);
        mesh.position.set(x, y, z);
        mesh.quaternion.set(turn[0], turn[1], turn[2], turn[3]).normalize();
        part.add(mesh);
      }
      this.middle.add(new Vector3(x, y, z).divideScalar(links.length));
    });
    this.group.add(this.depth, this.skin);
  }

  set opacity(value: number) {
    const through = value < 1;
    if (this.material.transparent !== through) this.material.needsUpdate = true;
    this.material.transparent = through;
    this.material.opacity = value;
    this.depth.visible = through;
  }

  distance(camera: Camera): number {
    return this.middle.distanceTo(camera.position);
  }

  /** Arms are mixed whole, one after the other. */
  set order(place: number) {
    for (const mesh of this.depth.children) mesh.renderOrder = 2 * place;
    for (const mesh of this.skin.children) mesh.renderOrder = 2 * place + 1;
  }
}
