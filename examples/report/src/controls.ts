// SPDX-License-Identifier: Apache-2.0
// The slider over rounds and the chooser of samples, and what they say of the views.
import { byId, element } from "./element";
import { short } from "./lengths";
import type { Frame, Scene } from "./run";
import type { Shown } from "./views";

function mean(scores: (number | null)[]): number | null {
  const known = scores.filter((s) => s !== null);
  return known.length ? known.reduce((sum, s) => sum + s, 0) / known.length : null;
}

function caption(frame: Frame, shown: Shown): HTMLElement[] {
  const one = typeof shown === "number";
  const score = one ? (frame.scores[shown] ?? null) : mean(frame.scores);
  const about = one
    ? `sample ${shown + 1}, score ${short(score)}`
    : `${frame.scores.length} samples, mean score ${short(score)}`;
  return [element("b", "", frame.label), element("span", "", about)];
}

export class Controls {
  private round = byId<HTMLInputElement>("round");
  private shown = byId<HTMLSelectElement>("shown");

  /** `changed` is told of every choice. */
  constructor(private scene: Scene, changed: () => void) {
    const { frames, kind } = scene;
    this.round.max = String(frames.length - 1);
    this.round.value = this.round.max;
    this.round.disabled = frames.length === 1;
    const most = Math.max(...frames.map((frame) => frame.scores.length));
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

  get choice(): { frames: [Frame, Frame]; shown: Shown } {
    const { value } = this.shown;
    const shown = value === "tiles" || value === "together" ? value : Number(value);
    return { frames: [this.scene.frames[0], this.scene.frames[Number(this.round.value)]], shown };
  }

  /** Moves the slider to the frame that is closest to this round. */
  moveTo(round: number): void {
    const distances = this.scene.frames.map((frame) => Math.abs(frame.round - round));
    this.round.value = String(distances.indexOf(Math.min(...distances)));
    this.round.dispatchEvent(new Event("input"));
  }

  private say(changed: () => void): void {
    const { frames, shown } = this.choice;
    const last = this.scene.frames[this.scene.frames.length - 1].round;
    const where = last > 0 ? `${frames[1].round} of ${last}` : "";
    byId("round-text").textContent = where || frames[1].label;
    this.round.setAttribute("aria-valuetext", `${frames[1].label} ${where}`.trim());
    for (const [side, frame] of [["left", frames[0]], ["right", frames[1]]] as const) {
      const text = caption(frame, shown);
      byId(`${side}-caption`).replaceChildren(...text);
      byId(side).setAttribute("aria-label", text.map((part) => part.textContent).join(": "));
    }
    changed();
  }
}
