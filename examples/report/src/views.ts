// SPDX-License-Identifier: Apache-2.0
// Prior and chosen round side by side. One renderer draws both, with one camera, and copies each to its canvas.
import { DirectionalLight, Fog, HemisphereLight, type Object3D, Scene as Space, Vector3, WebGLRenderer } from "three";
import { CloudView } from "./cloud";
import type { Content } from "./content";
import { drawItems } from "./items";
import { niceLength } from "./lengths";
import { Orbit } from "./orbit";
import { lit, raw } from "./palette";
import type { Keyframe, Scene } from "./run";
import { disposeOf, SampleMaker, type SampleSet } from "./samples";

/** What of a keyframe is shown: all samples at one place, each in a tile of its own, or one by its index. */
export type Shown = "together" | "tiles" | number;

/** Columns and rows for `count` tiles that leave each tile as large as can be. */
function tiling(count: number, width: number, height: number): [number, number] {
  let best: [number, number] = [1, count];
  let most = 0;
  for (let columns = 1; columns <= count; ++columns) {
    const rows = Math.ceil(count / columns);
    const edge = Math.min(width / columns, (1.25 * height) / rows); // things are wider than high
    if (edge > most) [best, most] = [[columns, rows], edge];
  }
  return best;
}

/** Of what was seen as points, if anything. */
function middleOfPoints(scene: Scene): Vector3 | undefined {
  const seen = scene.items.find((item) => item.type === "points");
  if (seen?.type !== "points" || seen.positions.length === 0) return undefined;
  const sum = new Vector3(), point = new Vector3();
  for (let i = 0; i < seen.positions.length; i += 3) sum.add(point.fromArray(seen.positions, i));
  return sum.multiplyScalar(3 / seen.positions.length);
}

export class Views {
  private renderer: WebGLRenderer;
  private space = new Space();
  private orbit: Orbit;
  private canvases: HTMLCanvasElement[];
  private clouds!: CloudView;
  private maker?: SampleMaker;
  private items?: Object3D;
  private due = true;
  private waiting = false;

  /** `keyframes` are those of the two figures in `element`. */
  constructor(context: WebGL2RenderingContext, private scene: Scene, private content: Content,
              private element: HTMLElement, private keyframes: [Keyframe, Keyframe], private shown: Shown) {
    this.renderer = new WebGLRenderer({ canvas: context.canvas, context });
    context.canvas.addEventListener("webglcontextrestored", () => this.redraw());
    this.canvases = [...element.querySelectorAll("canvas")];
    this.orbit = new Orbit(content, scene.up, middleOfPoints(scene), element, () => this.redraw());
    const sun = new DirectionalLight(0xffffff, 2.2);
    sun.position.set(-0.5, 0.9, 0.7);
    this.orbit.camera.add(sun, sun.target);
    const sky = new HemisphereLight(0xffffff, 0x8890a0, 1.5);
    sky.position.set(...scene.up);
    this.space.add(this.orbit.camera, sky);
    this.restyle();
    new ResizeObserver(() => {
      if (this.canvases[0].clientWidth * this.ratio !== this.canvases[0].width) this.redraw();
    }).observe(element);
  }

  /** Makes all that is drawn anew, in the style's colors of now. */
  restyle(): void {
    this.maker?.dispose();
    if (this.items) disposeOf(this.items.removeFromParent());
    this.renderer.setClearColor(lit("space"));
    this.space.fog = new Fog(lit("space"));
    this.clouds = new CloudView(raw("space"));
    this.maker = new SampleMaker(this.scene, this.clouds, this.content.diagonal);
    this.items = drawItems(this.scene, this.content, this.clouds, this.maker.radius);
    this.space.add(this.items);
    this.redraw();
  }

  show(keyframes: [Keyframe, Keyframe], shown: Shown): void {
    this.keyframes = keyframes;
    this.shown = shown;
    this.redraw();
  }

  /** The view as it was at first. */
  home(): void {
    this.orbit.home();
  }

  private redraw(): void {
    this.due = true;
    this.nextFrame();
  }

  private nextFrame(): void {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      const moving = this.orbit.update();
      if (this.due) this.draw();
      this.due = this.waiting = false;
      if (moving) this.nextFrame();
    });
  }

  /** Pixels of a canvas by those of the page. */
  private get ratio(): number {
    return Math.min(devicePixelRatio, 2);
  }

  private draw(): void {
    const { ratio } = this;
    const { clientWidth: width, clientHeight: height } = this.canvases[0];
    if (width === 0 || height === 0) return;
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(width, height, false);
    const sets = this.keyframes.map((keyframe) => this.maker!.of(keyframe));
    const most = Math.max(...sets.map((set) => set.count));
    const [columns, rows] = this.shown === "tiles" ? tiling(most, width, height) : [1, 1];
    this.aim(width / columns, height / rows, ratio);
    sets.forEach((set, side) => {
      this.drawSet(set, width, height, columns, rows);
      this.copyTo(this.canvases[side]);
    });
  }

  /** Sets camera, haze and scale for a cell of this size. */
  private aim(width: number, height: number, ratio: number): void {
    this.orbit.fit(width, height);
    const { distance, heightAtMiddle } = this.orbit;
    const { diagonal } = this.content;
    const [near, far] = [distance - 0.4 * diagonal, distance + 0.6 * diagonal];
    this.clouds.near.value = near;
    this.clouds.far.value = far;
    this.clouds.pixels.value = (height * ratio * distance) / heightAtMiddle;
    this.clouds.minimum.value = 1.5 * ratio;
    Object.assign(this.space.fog!, { near, far: far + 1.8 * diagonal });
    const length = niceLength((56 * heightAtMiddle) / height); // at least 56 pixels
    for (const bar of this.element.querySelectorAll<HTMLElement>(".scale")) {
      bar.textContent = `${length} ${this.scene.unit || (length === 1 ? "unit" : "units")}`;
      bar.style.width = `${(length / heightAtMiddle) * height}px`;
    }
  }

  private drawSet(set: SampleSet, width: number, height: number, columns: number, rows: number): void {
    this.space.add(set.group);
    this.renderer.setScissorTest(false);
    this.renderer.clear();
    this.renderer.setScissorTest(true);
    this.cells(set).forEach((chosen, i) => {
      set.show(chosen, this.orbit.camera);
      const x = ((i % columns) * width) / columns;
      const y = height - ((Math.floor(i / columns) + 1) * height) / rows;
      this.renderer.setViewport(x, y, width / columns, height / rows);
      this.renderer.setScissor(x, y, width / columns, height / rows);
      this.renderer.render(this.space, this.orbit.camera);
    });
    set.group.removeFromParent();
  }

  /** The samples in each cell of a view. */
  private cells(set: SampleSet): number[][] {
    const all = Array.from({ length: set.count }, (_, i) => i);
    if (this.shown === "tiles") return all.map((i) => [i]);
    return [this.shown === "together" ? all : all.filter((i) => i === this.shown)];
  }

  private copyTo(canvas: HTMLCanvasElement): void {
    const { domElement: drawn } = this.renderer;
    if (canvas.width !== drawn.width) canvas.width = drawn.width;
    if (canvas.height !== drawn.height) canvas.height = drawn.height;
    canvas.getContext("2d")!.drawImage(drawn, 0, 0);
    canvas.dataset.drawn = String(Number(canvas.dataset.drawn ?? 0) + 1); // for who waits for it
  }
}
