// SPDX-License-Identifier: Apache-2.0
// The camera of both views: it goes around the scene by pointer and by key.
import { PerspectiveCamera, Vector3 } from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import type { Vector } from "./check";
import type { Content } from "./content";

export class Orbit {
  readonly camera = new PerspectiveCamera(30, 0);
  private controls: OrbitControls;

  /** `seen`: the middle of what was seen, which the view begins in front of. */
  constructor(
    private content: Content, up: Vector, private seen: Vector3 | undefined, element: HTMLElement,
    private changed: () => void,
  ) {
    this.camera.up.set(...up);
    this.controls = new OrbitControls(this.camera, element);
    this.controls.enablePan = false;
    this.controls.enableDamping = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.controls.dampingFactor = 0.15;
    this.controls.minDistance = 0.1 * this.content.diagonal;
    this.controls.maxDistance = 8 * this.content.diagonal;
    this.controls.addEventListener("change", changed);
    element.style.touchAction = "pan-y"; // a finger that goes up or down scrolls the page
    element.addEventListener("keydown", (event) => this.press(event));
    this.home();
  }

  /** The view as it was at first. */
  home(): void {
    const up = this.camera.up;
    const aside = Math.abs(up.x) < 0.9 ? new Vector3(1, 0, 0) : new Vector3(0, 1, 0);
    const front = new Vector3().crossVectors(aside, up).normalize(); // -y where z is up
    const ahead = this.seen?.clone().sub(this.content.middle).dot(front) ?? 0;
    if (ahead < -0.02 * this.content.diagonal) front.negate();
    const right = new Vector3().crossVectors(up, front);
    const toward = front.multiplyScalar(0.85).addScaledVector(right, 0.5).addScaledVector(up, 0.45).normalize();
    this.controls.target.copy(this.content.middle);
    for (let step = 0; step < 4; ++step) this.lookFrom(toward);
    this.camera.aspect = 0; // so the next `fit` chooses the distance
    this.changed();
  }

  /** Looks along a direction, and moves the target so that the content comes closer to the middle of the view. */
  private lookFrom(toward: Vector3): void {
    const { camera, controls } = this;
    camera.aspect = 1.2; // that of a view matters little here
    camera.position.copy(controls.target).addScaledVector(toward, this.content.diagonal);
    camera.lookAt(controls.target);
    const distance = this.fittingDistance();
    const seen = this.outlineInView().map(({ x, y, z }) => [x, y].map((at) => (at * distance) / (distance - z)));
    const [across, up] = [0, 1].map((axis) => {
      const places = seen.map((place) => place[axis]);
      return 0.5 * (Math.min(...places) + Math.max(...places));
    });
    controls.target.add(new Vector3(across, up, 0).applyQuaternion(camera.quaternion));
    camera.position.copy(controls.target).addScaledVector(toward, distance);
  }

  /** The content's outline from the target, in the camera's directions. */
  private outlineInView(): Vector3[] {
    const turn = this.camera.quaternion.clone().invert();
    return this.content.outline.map((point) => point.clone().sub(this.controls.target).applyQuaternion(turn));
  }

  /** Moves on as the pointer told it to; whether it still moves. */
  update(): boolean {
    return this.controls.update();
  }

  /** Makes the camera that of a view of this size. What was seen before stays in sight. */
  fit(width: number, height: number): void {
    const { camera } = this;
    if (camera.aspect !== width / height) {
      const before = camera.aspect === 0 ? this.distance : this.fittingDistance();
      camera.aspect = width / height;
      const zoomed = this.distance / before;
      camera.position.sub(this.controls.target).setLength(zoomed * this.fittingDistance()).add(this.controls.target);
    }
    camera.near = Math.max(0.02 * this.content.diagonal, this.distance - 1.5 * this.content.diagonal);
    camera.far = this.distance + 3 * this.content.diagonal;
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();
  }

  /** From the camera to the middle of the scene. */
  get distance(): number {
    return this.camera.position.distanceTo(this.controls.target);
  }

  /** A length at the middle, in shares of the view's height. */
  get heightAtMiddle(): number {
    return 2 * this.distance * Math.tan((this.camera.fov * Math.PI) / 360);
  }

  /** The distance at which all of the content is just seen. */
  private fittingDistance(): number {
    const tangent = Math.tan((this.camera.fov * Math.PI) / 360);
    const distances = this.outlineInView().map(({ x, y, z }) =>
      z + Math.max(Math.abs(x) / (tangent * this.camera.aspect), Math.abs(y) / tangent));
    return 1.08 * Math.max(...distances);
  }

  private press(event: KeyboardEvent): void {
    const { controls } = this;
    const step = Math.PI / 18;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => controls.rotateLeft(step),
      ArrowRight: () => controls.rotateLeft(-step),
      ArrowUp: () => controls.rotateUp(step),
      ArrowDown: () => controls.rotateUp(-step),
      "+": () => controls.dollyIn(1 / 1.15),
      "=": () => controls.dollyIn(1 / 1.15),
      "-": () => controls.dollyIn(1.15),
      "0": () => this.home(),
    };
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
    this.changed();
  }
}
