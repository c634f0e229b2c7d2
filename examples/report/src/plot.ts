// SPDX-License-Identifier: Apache-2.0
// The scores of every round. A line marks the round that the slider shows.
import uPlot from "uplot";
import { byId, element } from "./element";
import { short } from "./lengths";
import { css } from "./palette";
import type { Round } from "./run";

const lines = [
  { key: "best", label: "best", color: "line-best", dash: [] },
  { key: "threshold", label: "elite threshold", color: "line-threshold", dash: [6, 4] },
  { key: "mean", label: "mean", color: "line-mean", dash: [] },
] as const;

export class ScorePlot {
  private plot?: uPlot;
  private marked = 0;
  private place = byId("plot");

  /** `choose` is told of a click on a round. */
  constructor(private rounds: Round[], private choose: (round: number) => void) {
    byId("scores").hidden = rounds.length === 0;
    this.place.setAttribute("role", "img");
    this.place.setAttribute("aria-label", this.described());
    this.restyle();
    new ResizeObserver(() => this.plot?.setSize({ width: this.place.clientWidth, height: 240 })).observe(this.place);
  }

  private described(): string {
    const [first, last] = [this.rounds[0], this.rounds[this.rounds.length - 1]];
    if (!first) return "";
    const of = (r: Round) => `mean ${short(r.mean)}, best ${short(r.best)}, elite threshold ${short(r.threshold)}`;
    return `Score per round. Round ${first.round}: ${of(first)}. Round ${last.round}: ${of(last)}.`;
  }

  /** Draws it in the style's colors of now. */
  restyle(): void {
    this.plot?.destroy();
    const data = [this.rounds.map((r) => r.round), ...lines.map(({ key }) => this.rounds.map((r) => r[key]))];
    this.plot = new uPlot(this.options(), data as uPlot.AlignedData, this.place);
    this.plot.over.addEventListener("click", (event) => {
      this.choose(this.plot!.posToVal(event.offsetX, "x"));
    });
  }

  private options(): uPlot.Options {
    const ink = css("muted");
    const grid = { stroke: css("rule"), width: 1 };
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const last = this.rounds.reduce((most, r) => Math.max(most, r.round), 1);
    const axis = { stroke: ink, grid, ticks: { show: false }, font, labelFont: font, labelSize: 18 };
    const whole = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000];
    return {
      width: Math.max(this.place.clientWidth, 100),
      height: 240,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, range: [0, last] } },
      axes: [
        { ...axis, label: "round", size: 28, incrs: whole },
        { ...axis, label: "score", size: 46 },
      ],
      series: [{}, ...lines.map(({ label, color, dash }) => ({
        label, stroke: css(color), width: 2, dash: [...dash], points: { show: this.rounds.length === 1 },
      }))],
      hooks: { draw: [(plot) => this.drawMark(plot)] },
    };
  }

  private drawMark(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const x = Math.round(plot.valToPos(this.marked, "x", true));
    ctx.save();
    ctx.strokeStyle = css("accent");
    ctx.lineWidth = 2 * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const at = this.rounds.find((r) => r.round === this.marked);
    for (const { key, color } of lines) {
      const value = at?.[key] ?? null;
      if (value === null) continue;
      ctx.beginPath();
      ctx.arc(x, plot.valToPos(value, "y", true), 5 * devicePixelRatio, 0, 2 * Math.PI);
      ctx.fillStyle = css(color);
      ctx.strokeStyle = css("card");
      ctx.fill();
      ctx.stroke();
    }
    ctx.restore();
  }

  mark(round: number): void {
    this.marked = round;
    this.plot?.redraw(false);
    const at = this.rounds.find((r) => r.round === round);
    const values = [...lines].reverse().map(({ key, label, color, dash }) => {
      const swatch = element("span", dash.length ? "line dashed" : "line");
      swatch.style.borderColor = `var(--${color})`;
      return element("div", "", element("dt", "", swatch, label), element("dd", "", at ? short(at[key]) : "–"));
    });
    const which = element("div", "", element("dt", "", "round"), element("dd", "", String(round)));
    byId("readout").replaceChildren(which, ...values);
  }
}
