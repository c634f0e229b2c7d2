#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the tables of the pages are those of the stored results. What stands in a page between the lines

    <!-- results TABLE of FILE -->
    <!-- /results -->

is that table of FILE, a JSON file of benchmarks/results/; the table `run` says how FILE was measured. Every stored result is
shown in some page, its run too. (Two files are no benchmarks: gpu_receipt.json, which scripts/check_gpu.sh checks, and
ci_long.json, the record of scripts/ci_long.sh.)

Usage: scripts/results.py [--fix | --page FILE]
  --fix        writes the tables into the pages
  --page FILE  prints all tables of a JSON file, as a page
"""

import difflib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import performance_tables

ROOT = Path(__file__).resolve().parent.parent
STORED = ROOT / "benchmarks/results"
QUIET = 0.3  # load average over a minute, at the start; benchmarks/record.py and run.sh start on no busier machine
BLOCK = re.compile(r"(^<!-- results (\S+) of (\S+) -->\n)(.*?)(^<!-- /results -->$)", re.MULTILINE | re.DOTALL)


class Wrong(Exception):
    """What was wanted, and what was got."""


def load(path: Path) -> Any:
    """Stored results. Errors: those that do not say how they were measured."""
    try:
        results = json.loads(path.read_text())
    except ValueError as reason:
        raise Wrong(f"{path}: wanted JSON, got {reason}") from reason
    for key in ("command", "machine"):
        if key not in results:
            raise Wrong(f"{path}: wanted results with a {key}, got none")
    for key in ("cpu", "cores", "commit", "date", "load_start"):
        if key not in results["machine"]:
            raise Wrong(f"{path}: wanted a machine with its {key}, got none")
    return results


def run(results: Any) -> str:
    """How it was measured."""
    of = results["machine"]
    start, end = (of[key].rsplit(" ", 2)[0] if key in of else "" for key in ("load_start", "load_end"))
    lines = []
    if results.get("trial"):
        lines += ["**A trial of the script, not a measurement**: a round or two each; no number means anything.", ""]
    if float(start.split()[0]) > QUIET:
        lines += [f"**Measured on a machine that was not idle**: the load average was {start.split()[0]} at the start, "
                  f"where at most {QUIET} is asked for.", ""]
    compiler = f"; {of['compiler']}" if "compiler" in of else ""
    lines += [f"`{results['command']}` at commit {of['commit']}, {of['date']}; {of['cpu']}, {of['cores']} cores{compiler}. "
              f"Load average {start} at the start" +
              (f" and {end} at the end, of this work too." if end else "."), ""]
    if "versions" in of:
        lines += [", ".join(f"{name} {version}" for name, version in of["versions"].items()) +
                  (f"; PyTorch multiplies with {of['torch_blas']}." if of.get("torch_blas") else "."), ""]
    if "repeats" in results:
        lines += [f"Medians of {results['repeats']}, in brackets the least and the most; operations on one thread by "
                  "processor time, the rest by wall-clock time."]
    return "\n".join(lines).rstrip("\n")


TABLES = {"run": run, **performance_tables.TABLES}


def page(results: Any) -> str:
    parts = [f"## {title}\n\n{table(results)}" for table, title in performance_tables.TITLES.items()]
    return "\n\n".join(["# Performance", run(results), *parts]) + "\n"


def fill(text: str, name: str, shown: set[tuple[str, str]]) -> str:
    """A page with its tables as they are in the results."""
    def block(match: re.Match[str]) -> str:
        head, table, file, _, tail = match.groups()
        if table not in TABLES:
            raise Wrong(f"{name}: wanted one of the tables {', '.join(TABLES)}, got {table}")
        if not (ROOT / file).is_file():
            raise Wrong(f"{name}: wanted a file of results, got {file}")
        shown.add((table, file))
        return f"{head}\n{TABLES[table](load(ROOT / file))}\n\n{tail}"

    filled = BLOCK.sub(block, text)
    if len(re.findall(r"^<!-- /?results\b", text, re.MULTILINE)) != 2 * len(BLOCK.findall(text)):
        raise Wrong(f"{name}: wanted each line <!-- results TABLE of FILE --> closed by <!-- /results -->")
    return filled


def main(arguments: list[str]) -> int:
    if len(arguments) == 2 and arguments[0] == "--page":
        print(page(load(Path(arguments[1]))), end="")
        return 0
    if arguments not in ([], ["--fix"]):
        raise Wrong(f"wanted --fix, --page FILE or nothing, got {' '.join(arguments)}")
    pages = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    shown: set[tuple[str, str]] = set()
    differ = False
    for name in pages:
        text = (ROOT / name).read_text()
        filled = fill(text, name, shown)
        if filled == text:
            continue
        if arguments:
            (ROOT / name).write_text(filled)
        else:
            differ = True
            sys.stderr.writelines(difflib.unified_diff(text.splitlines(True), filled.splitlines(True), name,
                                                       f"{name} by the results"))
    for path in sorted(STORED.glob("*.json")):
        file = str(path.relative_to(ROOT))
        if path.name not in ("gpu_receipt.json", "ci_long.json") and not {("run", file)} < {each for each in shown if each[1] == file}:
            raise Wrong(f"wanted a page with the run and a table of {file}, got none")
    if differ:
        raise Wrong("a page says something else than the results; scripts/results.py --fix writes it")
    print(f"results: ok, {len(shown)} tables")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Wrong as wrong:
        sys.exit(f"results: {wrong}")
