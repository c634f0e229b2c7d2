// SPDX-License-Identifier: Apache-2.0
// What the colors and shapes in the views mean.
import { byId, element } from "./element";
import { gridStep, pointsColor } from "./items";
import { ends } from "./lengths";
import { scoreScale } from "./palette";
import type { Item, Scene } from "./run";

function entry(kind: string, text: string): HTMLElement {
  return element("span", "entry", element("span", `mark ${kind}`), text);
}

/** An entry for each kind of item and label; "finger 1", "finger 2" … are one. */
function itemEntries(scene: Scene, diagonal: number): HTMLElement[] {
  const made = new Map<string, HTMLElement>();
  const add = (kind: string, text: string) => made.set(`${kind} ${text}`, entry(kind, text));
  const name = (item: Item) => item.label.replace(/\s*\d+$/, "");
  for (const item of scene.items) {
    if (item.type === "ground") {
      add("ground", `${item.label}, a line each ${gridStep(diagonal)} ${scene.unit}`.trimEnd());
    } else if (item.type === "finger") {
      add(item.touches ? "finger" : "finger-free", item.touches ? name(item) : `${name(item)} that met nothing`);
      if (item.touches) add("contact", "contact");
    } else {
      add(item.type === "points" ? pointsColor(scene) : item.type === "solid" ? "box" : item.type, name(item));
    }
  }
  return [...made.values()];
}

export function showLegend(scene: Scene, diagonal: number): void {
  const scale = scoreScale(scene.keyframes.flatMap((keyframe) => keyframe.scores));
  const parts: HTMLElement[] = [];
  if (scale) {
    const ramp = element("span", "ramp");
    const [low, high] = ends(scale.low, scale.high);
    parts.push(element("span", "entry", "score", element("b", "", low), ramp, element("b", "", high)));
  }
  if (!scale || scale.gaps) parts.push(entry("unknown", "score not known"));
  byId("legend").replaceChildren(...parts, ...itemEntries(scene, diagonal));
}
