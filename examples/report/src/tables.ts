// SPDX-License-Identifier: Apache-2.0
import { byId, element } from "./element";
import { duration } from "./lengths";
import type { Phase, Run } from "./run";

function cell(tag: "th" | "td", text: string, scope?: "col" | "row"): HTMLTableCellElement {
  const made = element(tag, "", text);
  if (scope) made.scope = scope;
  return made;
}

function showResults({ columns, rows }: Run["table"]): void {
  const head = element("tr", "", ...columns.map((name) => (name ? cell("th", name, "col") : cell("td", ""))));
  const body = rows.map(([name = "", ...values]) =>
    element("tr", "", cell("th", name, "row"), ...values.map((value) => cell("td", value))));
  byId("results").replaceChildren(element("thead", "", head), element("tbody", "", ...body));
}

function showPhases(phases: Phase[]): void {
  byId("times").hidden = phases.length === 0;
  const all = phases.reduce((sum, phase) => sum + phase.seconds, 0);
  const most = Math.max(...phases.map((phase) => phase.seconds));
  const rows = phases.map(({ name, seconds }) => {
    const bar = element("div", "bar");
    bar.style.width = `${most > 0 ? (100 * seconds) / most : 0}%`;
    const share = all > 0 ? `${Math.round((100 * seconds) / all)} %` : "";
    return element("tr", "", cell("th", name, "row"), element("td", "bars", bar), cell("td", duration(seconds)),
      cell("td", share));
  });
  const total = element("tr", "total", cell("th", "all", "row"), cell("td", ""), cell("td", duration(all)),
    cell("td", ""));
  byId("phases").replaceChildren(element("tbody", "", ...rows, total));
}

function showSettings(settings: Run["settings"]): void {
  const pairs = settings.map(([name, value]) => element("div", "", element("dt", "", name), element("dd", "", value)));
  byId("settings").replaceChildren(...pairs);
}

/** All of the page that is words and numbers. */
export function showTables(run: Run): void {
  document.title = `${run.title} · mace`;
  byId("title").textContent = run.title;
  byId("summary").textContent = run.summary;
  showResults(run.table);
  showPhases(run.phases);
  showSettings(run.settings);
}
