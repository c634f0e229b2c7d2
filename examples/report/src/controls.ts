// SPDX-License-Identifier: Apache-2.0
// The slider over rounds and the chooser of samples, and what they say of the views.
import { byId, element } from "./element";
import { short } from "./lengths";
import type { Keyframe, Scene } from "./run";
import type { Shown } from "./views";

function mean(scores: (number | null)[]): number | null {
  const known = scores.filter((s) => s !== null);
  return known.length ? known.reduce((sum, s) => sum + s, 0) / known.length : null;
}

function caption(keyframe: Keyframe, shown: Shown): HTMLElement[] {
  const one = typeof shown === "number";
  const score = one ? (keyframe.scores[shown] ?? null) : mean(keyframe.scores);
  const about = one
    ? `sample ${shown + 1}, score ${short(score)}`
    : `${keyframe.scores.length} samples, mean score ${short(score)}`;
  return [element("b", "", keyframe.label), element("span", "", about)];
}

export class Controls {
  private round = byId<HTMLInputElement>("round");
  private shown = byId<HTMLSelectElement>("shown");

  /** `changed` is told of every choice. */
  constructor(private scene: Scene, changed: () => void) {
    const { keyframes, kind } = scene;
    this.round.max = String(keyframes.length - 1);
    this.round.value = this.round.max;
    this.round.disabled = keyframes.length === 1;
    const most = Math.max(...keyframes.map((keyframe) => keyframe.scores.length));
    const option = (value: string, text: string) => {
      const made = element("option", "", text);
      made.value = value;
      return made;
    };
    this.shown.replaceChildren(
      option("tiles", "all, side by side"),
      option("together", "all, in one place"),
      ...Array.from({ length: most }, (_, i) => option(String(i), `sample ${i + 1}`)),
    );
    this.shown.value = kind === "arms" || most === 1 ? "together" : "tiles";
    this.round.addEventListener("input", () => this.say(changed));
    this.shown.addEventListener("change", () => this.say(changed));
    this.say(() => {});
  }

  get choice(): { keyframes: [Keyframe, Keyframe]; shown: Shown } {
    const { value } = this.shown;
    const shown = value === "tiles" || value === "together" ? value : Number(value);
    return { keyframes: [this.scene.keyframes[0], this.scene.keyframes[Number(this.round.value)]], shown };
  }

  /** Moves the slider to the keyframe that is closest to this round. */
  moveTo(round: number): void {
    const distances = this.scene.keyframes.map((keyframe) => Math.abs(keyframe.round - round));
    this.round.value = String(distances.indexOf(Math.min(...distances)));
    this.round.dispatchEvent(new Event("input"));
  }

  private say(changed: () => void): void {
    const { keyframes, shown } = this.choice;
    const last = this.scene.keyframes[this.scene.keyframes.length - 1].round;
    const where = last > 0 ? `${keyframes[1].round} of ${last}` : "";
    byId("round-text").textContent = where || keyframes[1].label;
    this.round.setAttribute("aria-valuetext", `${keyframes[1].label} ${where}`.trim());
    for (const [side, keyframe] of [["left", keyframes[0]], ["right", keyframes[1]]] as const) {
      const text = caption(keyframe, shown);
      byId(`${side}-caption`).replaceChildren(...text);
      byId(side).setAttribute("aria-label", text.map((part) => part.textContent).join(": "));
    }
    changed();
  }
}
