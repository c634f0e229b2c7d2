// SPDX-License-Identifier: Apache-2.0
// Opens pages in a browser and checks that they show their run.
// Usage: node check_page.mjs [report.html ...]               checks the page with made-up runs, and these files
//        node check_page.mjs --picture out.png report.html   writes a picture of a page instead; --dark, --width=1400
// Exit status: 0 good, 1 not, 77 where this machine has no browser.
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { hostile } from "./hostile.mjs";
import { faintTexts, look, lookAtBoth, open, settled, tabTo, timeToDraw } from "./page.mjs";
import { arms, clouds } from "./synthetic.mjs";

const failures = [];
let checks = 0;
function expect(holds, text) {
  ++checks;
  if (holds) return;
  failures.push(text);
  console.error(`FAILED: ${text}`);
}

function changes(before, after, wanted, text) {
  for (const side of ["left", "right"]) {
    const changed = before[side].digest !== after[side].digest;
    expect(changed === wanted.includes(side), `${text}: the ${side} view ${changed ? "changes" : "does not change"}`);
  }
}

async function checkOpening(browser, file) {
  const { clock, processor } = await timeToDraw(browser, file);
  const times = `${clock.toFixed(2)} s by the clock, ${processor.toFixed(2)} s of the processors`;
  expect(Math.min(clock, processor) < 2, `${file}: wanted it drawn in 2 s, took ${times}`);
  const { size } = await stat(file);
  expect(size <= 8e6, `${file}: wanted at most 8 MB, got ${size} bytes`);
  console.log(`${file}: ${(size / 1e6).toFixed(2)} MB, drawn after ${times}`);
}

async function checkSlider(page, file) {
  expect(await tabTo(page, "round"), `${file}: Tab reaches the slider`);
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  expect(outline !== "none", `${file}: the focus is visible`);
  const last = await lookAtBoth(page);
  for (const [side, { colors }] of Object.entries(last)) {
    expect(colors > 100, `${file}: the ${side} view shows something, has ${colors} colors`);
  }
  const words = () => page.getAttribute("#round", "aria-valuetext");
  const readout = () => page.textContent("#readout");
  const [said, read] = [await words(), await readout()];
  await page.keyboard.press("Home");
  const first = await lookAtBoth(page);
  changes(last, first, ["right"], `${file}: the slider at its start`);
  expect(first.left.digest === first.right.digest, `${file}: at the first round both views show the prior`);
  expect((await words()) !== said, `${file}: the slider says where it is`);
  if (await page.isVisible("#readout")) {
    expect((await readout()) !== read, `${file}: the plot's numbers follow the slider`);
  }
  await page.keyboard.press("ArrowRight");
  changes(first, await lookAtBoth(page), ["right"], `${file}: the slider a round on`);
  await page.keyboard.press("End");
  changes(last, await lookAtBoth(page), [], `${file}: the slider there and back`);
}

async function checkViews(page, file) {
  expect(await tabTo(page, "views"), `${file}: Tab reaches the views`);
  let before = await lookAtBoth(page);
  for (const key of ["ArrowLeft", "ArrowUp", "+", "-"]) {
    await page.keyboard.press(key);
    const after = await lookAtBoth(page);
    changes(before, after, ["left", "right"], `${file}: key ${key}`);
    before = after;
  }
  const { x, y, width } = await page.locator("#left").boundingBox();
  await page.mouse.move(x + 0.5 * width, y + 100);
  await page.mouse.down();
  await page.mouse.move(x + 0.7 * width, y + 130, { steps: 4 });
  await page.mouse.up();
  changes(before, await lookAtBoth(page), ["left", "right"], `${file}: dragging the left view`);
  await page.selectOption("#shown", "0");
  const one = await lookAtBoth(page);
  changes(before, one, ["left", "right"], `${file}: the first sample alone`);
  expect(/sample 1/.test(await page.textContent("#left-caption")), `${file}: the caption says which sample`);
}

async function checkColors(page, file) {
  const light = await lookAtBoth(page);
  expect((await faintTexts(page)).length === 0, `${file}: faint in light: ${await faintTexts(page)}`);
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const bright = await paper();
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await lookAtBoth(page);
  expect((await paper()) !== bright, `${file}: the page has a dark form`);
  expect((await faintTexts(page)).length === 0, `${file}: faint in dark: ${await faintTexts(page)}`);
  for (const side of ["left", "right"]) {
    const [a, b] = [light[side].brightness, dark[side].brightness];
    expect(a > 128 && b < 90, `${file}: the ${side} view follows light and dark, brightness ${a}, ${b}`);
  }
  await page.setViewportSize({ width: 390, height: 800 });
  await settled(page);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width <= 390, `${file}: fits a window of 390 pixels, is ${width} wide`);
}

async function checkPage(browser, file) {
  await checkOpening(browser, file);
  const page = await open(browser, file, { colorScheme: "light", reducedMotion: "reduce" }); // so it is soon still
  const keyframes = Number(await page.getAttribute("#round", "max"));
  if (keyframes > 0) await checkSlider(page, file);
  else expect(await page.isDisabled("#round"), `${file}: the slider of a single keyframe is off`);
  await checkViews(page, file);
  await checkColors(page, file);
  for (const fault of page.faults) expect(false, `${file}: ${fault}`);
  await page.close();
}

/** A view goes on turning for a moment after a drag, unless the reader asked for less motion. */
async function checkMotion(browser, file) {
  for (const reducedMotion of ["reduce", "no-preference"]) {
    const page = await open(browser, file, { reducedMotion });
    await settled(page);
    const { x, y } = await page.locator("#left").boundingBox();
    await page.mouse.move(x + 100, y + 100);
    await page.mouse.down();
    await page.mouse.move(x + 300, y + 100);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const soon = await look(page, "left");
    await page.waitForTimeout(400);
    const still = soon.digest === (await look(page, "left")).digest;
    expect(still === (reducedMotion === "reduce"), `motion ${reducedMotion}: the view ${still ? "stops" : "goes on"}`);
    await page.close();
  }
}

async function checkHostile(browser, fill) {
  const runs = { clouds: JSON.stringify(clouds(64)), arms: JSON.stringify(arms()) };
  for (const { what, text, spoil, of = "clouds", words } of hostile) {
    const run = JSON.parse(runs[of]);
    spoil?.(run);
    const file = await fill("hostile.html", text ?? JSON.stringify(run));
    const page = await open(browser, file, { ready: "loaded" });
    const said = await page.textContent("#message");
    expect(await page.isVisible("#message"), `${what}: there is a message`);
    expect(said.includes(words), `${what}: wanted "${words}", got: ${said}`);
    expect(!(await page.isVisible("#content")), `${what}: nothing else is shown`);
    for (const fault of page.faults) expect(false, `${what}: ${fault}`);
    await page.close();
  }
}

/** Words of a run that would be HTML are words in the page. */
async function checkWords(browser, fill) {
  const run = clouds(64);
  const evil = '<img src=x onerror="window.caught=1"></script><script>window.caught=1</script>';
  Object.assign(run, { title: evil, summary: evil, settings: [[evil, evil]], phases: [{ name: evil, seconds: 1 }] });
  run.table = { columns: [evil, evil], rows: [[evil, evil]] };
  for (const part of [...run.scene.items, ...run.scene.keyframes]) part.label = evil;
  const page = await open(browser, await fill("words.html", JSON.stringify(run)));
  expect((await page.textContent("#title")) === evil, "a title that looks like HTML is shown as it is");
  expect(await page.evaluate(() => window.caught === undefined && !document.querySelector("img")), "words stay words");
  for (const fault of page.faults) expect(false, `words: ${fault}`);
  await page.close();
}

async function checkWithoutWebGL(launch, file) {
  const browser = await launch({ webgl: false });
  const page = await open(browser, file, { ready: "loaded" });
  expect(/WebGL/.test(await page.textContent("#no-3d")), "without WebGL the page says so");
  expect(await page.isVisible("#no-3d"), "what it says is visible");
  expect(await page.isVisible("#results"), "without WebGL the results are there");
  expect(await page.isVisible("#plot canvas"), "without WebGL the plot is there");
  await browser.close();
}

async function checkTemplate(template) {
  const place = '<script id="run" type="application/json">null</script>';
  expect(template.split(place).length === 2, "the page has one place for the run");
  for (const words of ["Permission is hereby granted", "three.js authors", "Leon Sorokin"]) {
    expect(template.includes(words), `the page has the license of its libraries: ${words}`);
  }
}

async function checkAll(launch, files) {
  const template = await readFile(new URL("../report.html", import.meta.url), "utf8");
  await checkTemplate(template);
  const folder = await mkdtemp(join(tmpdir(), "mace-page-"));
  const fill = async (name, json) => {
    const page = template.replace(">null</script>", () => `>${json.replaceAll("<", "\\u003c")}</script>`);
    await writeFile(join(folder, name), page);
    return join(folder, name);
  };
  const browser = await launch();
  try {
    const made = [];
    for (const run of [clouds(), arms()]) made.push(await fill(`${run.scene.kind}.html`, JSON.stringify(run)));
    for (const file of [...made, ...files]) await checkPage(browser, file);
    await checkMotion(browser, made[1]);
    await checkHostile(browser, fill);
    await checkWords(browser, fill);
    await checkWithoutWebGL(launch, made[0]);
  } finally {
    await browser.close();
    await rm(folder, { recursive: true });
  }
}

async function takePicture(launch, file, { picture, dark, width }) {
  const browser = await launch();
  const page = await open(browser, file, {
    colorScheme: dark ? "dark" : "light", viewport: { width: Number(width), height: 900 }, deviceScaleFactor: 2,
  });
  await settled(page);
  await page.screenshot({ path: picture, fullPage: true });
  await browser.close();
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { picture: { type: "string" }, dark: { type: "boolean" }, width: { type: "string", default: "1400" } },
});
const { found, launch } = await import("./browser.mjs").catch(() => ({}));
if (!found?.()) {
  const missing = found ? "chromium is missing" : "playwright-core is missing (npm ci installs it)";
  console.log(values.picture ? `no picture: ${missing}` : `skipped: ${missing}`);
  process.exit(values.picture ? 1 : 77);
}
if (values.picture) {
  await takePicture(launch, positionals[0], values);
} else {
  await checkAll(launch, positionals);
  console.log(`${checks - failures.length} passed, ${failures.length} failed`);
  process.exitCode = failures.length ? 1 : 0;
}
