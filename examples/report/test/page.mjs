// SPDX-License-Identifier: Apache-2.0
// An opened page, and what can be seen of it.
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";

const viewport = { width: 1024, height: 700 };
const drawn = (page) => page.waitForFunction(() => document.getElementById("right").dataset.drawn > 0);

/**
 * Opens a file and waits until its views are drawn, or only until it is loaded. `page.faults` lists what goes wrong from
 * then on.
 */
export async function open(browser, file, { ready = "drawn", ...options } = {}) {
  const page = await browser.newPage({ viewport, ...options });
  page.faults = [];
  page.on("console", (message) => {
    if (message.type() === "error") page.faults.push(`the console has an error: ${message.text()}`);
  });
  page.on("pageerror", (error) => page.faults.push(`the page throws: ${error.message}`));
  const address = pathToFileURL(file).href;
  page.on("request", (request) => {
    const wanted = request.url() === address || request.url().startsWith("data:");
    if (!wanted) page.faults.push(`the page asks for ${request.url()}`);
  });
  await page.goto(address);
  if (ready === "drawn") await drawn(page);
  return page;
}

/**
 * Seconds until a page is drawn: by the clock, and those that the processors spent on the way, which is the page's main
 * thread, the browser and its graphics. Other programs that run meanwhile lengthen the former, hardly the latter.
 */
export async function timeToDraw(browser, file) {
  const machine = await browser.newBrowserCDPSession();
  const used = async () => {
    const { processInfo } = await machine.send("SystemInfo.getProcessInfo");
    const waitedFor = processInfo.filter(({ type }) => type === "browser" || type === "GPU");
    return waitedFor.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  };
  const page = await browser.newPage({ viewport });
  const own = await page.context().newCDPSession(page);
  await own.send("Performance.enable", { timeDomain: "threadTicks" });
  const [before, start] = [await used(), performance.now()];
  await page.goto(pathToFileURL(file).href);
  await drawn(page);
  const clock = (performance.now() - start) / 1000;
  const { metrics } = await own.send("Performance.getMetrics");
  const processor = metrics.find(({ name }) => name === "ThreadTime").value + (await used()) - before;
  await page.close();
  return { clock, processor };
}

/** Waits until the views stand still. */
export async function settled(page) {
  const times = () => page.evaluate(() => Number(document.getElementById("right").dataset.drawn));
  for (let before = -1, now = await times(); before !== now; now = await times()) {
    before = now;
    await page.waitForTimeout(120);
  }
}

/** What a canvas shows: its pixels' digest, the number of its colors, and the mean of its brightness from 0 to 255. */
export async function look(page, side) {
  const pixels = await page.evaluate((id) => {
    const canvas = document.getElementById(id);
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const colors = new Set();
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) {
      colors.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
      sum += data[i] + data[i + 1] + data[i + 2];
    }
    return { text: canvas.toDataURL(), colors: colors.size, brightness: sum / (0.75 * data.length) };
  }, side);
  return { ...pixels, digest: createHash("sha256").update(pixels.text).digest("hex") };
}

/** Both views, once they stand still. */
export async function lookAtBoth(page) {
  await settled(page);
  return { left: await look(page, "left"), right: await look(page, "right") };
}

/** Presses Tab until the element of this id has the focus; whether it came to that. */
export async function tabTo(page, id) {
  await page.evaluate(() => document.activeElement?.blur());
  for (let i = 0; i < 20; ++i) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.id === wanted, id)) return true;
  }
  return false;
}

/** The texts whose contrast to what is behind them is below 4.5, which is what WCAG's level AA asks of text. */
export function faintTexts(page) {
  return page.evaluate(() => {
    const channels = (color) => color.match(/[\d.]+/g).map(Number);
    const light = (color) => {
      const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
      const [r, g, b] = channels(color).map((c) => linear(c / 255));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at);
        if (channels(backgroundColor)[3] !== 0) return backgroundColor;
      }
      return "rgb(255, 255, 255)";
    };
    const faint = [];
    for (const element of document.querySelectorAll("body *:not(script, canvas)")) {
      const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
      if (!own || !element.checkVisibility()) continue;
      const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (contrast < 4.5) faint.push(`"${element.textContent.trim().slice(0, 30)}" ${contrast.toFixed(1)}`);
    }
    return faint;
  });
}
