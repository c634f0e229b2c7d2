// SPDX-License-Identifier: Apache-2.0
// Makes report.html, one file: page.html with the style, the bundled script and the libraries' licenses inline.
import { build } from "esbuild";
import { readFile, rename, writeFile } from "node:fs/promises";

const read = (path) => readFile(new URL(path, import.meta.url), "utf8");

async function bundle(entry) {
  const made = await build({
    entryPoints: [new URL(entry, import.meta.url).pathname],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    legalComments: "none", // the licenses stand in the page in full
    logLevel: "warning",
    write: false,
  });
  return made.outputFiles[0].text.trim();
}

async function license(library) {
  const text = await read(`node_modules/${library}/LICENSE`);
  return `${library}\n\n${text.trim()}\n`.replaceAll("--", "- -"); // which an HTML comment may not hold
}

const parts = {
  style: await bundle("src/page.css"),
  script: await bundle("src/main.ts"),
  licenses: [await license("three"), await license("uplot")].join("\n"),
};
let page = await read("src/page.html");
for (const [name, text] of Object.entries(parts)) {
  const place = `{{${name}}}`;
  if (page.split(place).length !== 2) throw new Error(`page.html: wanted ${place} once`);
  page = page.replace(place, () => text);
}
const data = '<script id="run" type="application/json">null</script>';
if (page.split(data).length !== 2) throw new Error(`the page: wanted ${data} once`);

const target = new URL("report.html", import.meta.url);
await writeFile(new URL("report.html.part", import.meta.url), page);
await rename(new URL("report.html.part", import.meta.url), target);
