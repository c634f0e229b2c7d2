// SPDX-License-Identifier: Apache-2.0
// The colors of the page as the style names them, so that the drawings follow light and dark with the text.
import { Color, LinearSRGBColorSpace } from "three";

export function css(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** A color for lit materials, which compute in linear light. */
export function lit(name: string): Color {
  return new Color(css(name));
}

/** A color whose numbers are those of the style, for shaders that write what they are given. */
export function raw(name: string): Color {
  return new Color().setStyle(css(name), LinearSRGBColorSpace);
}

const stops = ["score-0", "score-1", "score-2", "score-3", "score-4"];

export interface ScoreScale {
  low: number;
  high: number;
  /** Whether a sample's score is unknown. */
  gaps: boolean;
}

export function scoreScale(scores: (number | null)[]): ScoreScale | null {
  const known = scores.filter((s) => s !== null);
  if (known.length === 0) return null;
  return { low: Math.min(...known), high: Math.max(...known), gaps: known.length < scores.length };
}

/** The color of a score, by `read` one of the two above; a score that is unknown is gray. */
export function scoreColor(score: number | null, scale: ScoreScale | null, read: (name: string) => Color): Color {
  if (score === null || scale === null) return read("score-unknown");
  const share = scale.high > scale.low ? (score - scale.low) / (scale.high - scale.low) : 1;
  const at = share * (stops.length - 1);
  const first = Math.min(Math.floor(at), stops.length - 2);
  // Between two stops the style's own gradient mixes as displayed, and so does this.
  const from = raw(stops[first]);
  const mixed = from.lerp(raw(stops[first + 1]), at - first);
  return read === raw ? mixed : mixed.convertSRGBToLinear();
}
