// SPDX-License-Identifier: Apache-2.0
// A browser without a window, for the test of the page and its pictures.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const folders = (process.env.PATH ?? "").split(delimiter);
const program = folders.map((folder) => join(folder, "chromium")).find(existsSync);

/** Whether there is a browser to test with. */
export const found = () => program !== undefined;

export function launch({ webgl = true } = {}) {
  const graphics = webgl ? ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    : ["--disable-3d-apis"];
  return chromium.launch({
    executablePath: program,
    args: ["--headless", "--no-sandbox", "--disable-gpu", ...graphics, "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}
