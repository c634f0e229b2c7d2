// SPDX-License-Identifier: Apache-2.0
// The page of a run: reads the data that stands in the page and shows it, or says why it can't.
import { BadData } from "./check";
import { type Content, contentOf } from "./content";
import { Controls } from "./controls";
import { byId } from "./element";
import { showLegend } from "./legend";
import { ScorePlot } from "./plot";
import { readRun, type Run } from "./run";
import { showTables } from "./tables";
import { Views } from "./views";

function say(text: string): void {
  byId("content").hidden = true;
  byId("message").hidden = false;
  byId("message").textContent = text;
}

/** The views, or null with a word about it where there is no WebGL. */
function makeViews(run: Run, content: Content, controls: Controls): Views | null {
  const { keyframes, shown } = controls.choice;
  const context = document.createElement("canvas").getContext("webgl2");
  if (context) return new Views(context, run.scene, content, byId("views"), keyframes, shown);
  byId("views").hidden = true;
  byId("views-help").hidden = true;
  byId("no-3d").hidden = false;
  byId("no-3d").textContent = "This browser has no WebGL 2, so the samples can't be drawn. The rest is below.";
  return null;
}

function show(run: Run): void {
  showTables(run);
  byId("content").hidden = false;
  const content = contentOf(run.scene);
  showLegend(run.scene, content.diagonal);
  const controls: Controls = new Controls(run.scene, () => update());
  const plot = new ScorePlot(run.rounds, (round) => controls.moveTo(round));
  const views = makeViews(run, content, controls);
  const update = () => {
    const { keyframes, shown } = controls.choice;
    views?.show(keyframes, shown);
    plot.mark(keyframes[1].round);
  };
  update();
  byId("reset").addEventListener("click", () => views?.home());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    views?.restyle();
    plot.restyle();
  });
}

try {
  const run = readRun(byId("run").textContent ?? "");
  if (run) show(run);
  else say("This page holds no run. The programs in mace's examples/ fill it: each writes a report.html of its own.");
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  say(`The data of this page can't be shown. ${error instanceof BadData ? reason : `Unexpected: ${reason}`}`);
}
