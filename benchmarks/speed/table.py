# SPDX-License-Identifier: Apache-2.0
"""Makes performance.md and performance.json of what run.sh measured. In the folder RAW is a JSON file a measurement,
NAME.json, or NAME.lack with the reason why there is none; neither if the program or a peer is not installed."""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Iterable

from measured import NOT_INSTALLED, Raw, Row, Section, Series, short
from operations import arm, autoregressive, chamfer, chamfer_growth, chamfer_python, dense, elements

# Whole tasks

TASKS = {"completion": "box completion", "shape": "shape from contacts", "cwall": "reach behind `cwall`",
         "box": "reach into the box"}


def judged(result: Any) -> dict[str, float]:
    """Score, error and share that is free of the samples after tuning, by the names of either program."""
    after = result["tuned"]
    error = after.get("error", after.get("cd_k"))
    if "distance_m" in after:
        error = after["distance_m"]["mean"]
    return {key: value for key, value in (("score", after["score"]), ("error", error), ("free", after.get("success")))
            if value is not None}


def seconds_of(result: Any) -> float:
    return result["seconds"].get("total", result["seconds"].get("median"))


def accuracy(results: Iterable[Any]) -> dict[str, Series]:
    each = [judged(result) for result in results]
    return {key: Series([one[key] for one in each]) for key in each[0]}


def task_row(raw: Raw, task: str, method: str, ours: dict[int, Any]) -> tuple[Row, Any]:
    """A row, and it for the JSON. The ratio, of medians, and its spread are over the turns that both have."""
    results = raw.turns(f"tasks.{task}.{method}")
    name = {"ours": "ours", "torch-once": "PyTorch", "torch-every-step": "PyTorch, encodes every step"}[method]
    if not results:
        lack = raw.lack(f"tasks.{task}.{method}")
        return [TASKS[task], name, lack, "", "", "", ""], lack
    seconds = Series([seconds_of(result) for result in results.values()])
    found = accuracy(results.values())
    data = {"seconds": seconds.json(), **{key: series.json() for key, series in found.items()}}
    ratio = ""
    if method != "ours" and ours:
        both = [i for i in results if i in ours]
        middle = (statistics.median(seconds_of(results[i]) for i in both) /
                  statistics.median(seconds_of(ours[i]) for i in both))
        turns = [seconds_of(results[i]) / seconds_of(ours[i]) for i in both]
        data["ratio"] = {"of_medians": middle, "of_turns": turns}
        ratio = short(middle) + (f" ({short(min(turns))} to {short(max(turns))})" if len(turns) > 1 else "")
    cells = [str(found[key]) if key in found else "" for key in ("score", "error", "free")]
    return [TASKS[task], name, str(seconds), ratio, *cells], data


def tasks(raw: Raw) -> Section:
    rows, data = [], {}
    for task in TASKS:
        ours = raw.turns(f"tasks.{task}.ours")
        methods = ["ours", "torch-once"] + (["torch-every-step"] if task in ("completion", "shape") else [])
        for method in methods:
            row, data[f"{task}.{method}"] = task_row(raw, task, method, ours)
            rows.append(row)
    threads = next((one["threads"] for task in TASKS for one in raw.turns(f"tasks.{task}.ours").values()), "–")
    text = (f"Seconds of tuning with the paper's numbers, threads: {threads}. Ours and PyTorch "
            "(`benchmarks/speed/peers/torch`) in turns, each turn with another seed; the ratio is of the medians. Error: "
            "CD_5; 1 − S; meters to the goal, in the mean. *Free* is judged by hulls for ours, by capsules for "
            "PyTorch.")
    return Section("Whole tasks", text, ["task", "", "seconds", "PyTorch / ours", "score", "error", "free"], rows, data)


# Inverse kinematics

def first_solutions(report: Any) -> list[Row]:
    """Of paper_tables: at the paper's goal."""
    rows = []
    for row in report["table2"].values():
        seconds, free = row["seconds"], row["attempts"] - row["unsolved"] - row["in_collision"]
        rows.append(["box, the paper's goal", row["what"], short(1e3 * seconds["median"]),
                     f"mean {short(1e3 * seconds['mean'])} ± {short(1e3 * seconds['std'])}",
                     f"{free} of {row['attempts']}"])
    return rows


def solver_row(scene: str, goals: int, name: str, milliseconds: tuple[float, float, float], solved: float) -> Row:
    middle, most_of_them, most = map(short, milliseconds)
    return [f"{scene}, {goals} goals", name, middle, f"90 %: {most_of_them}, most: {most}", f"{solved:.0f} of {goals}"]


def near_goals(report: Any) -> list[Row]:
    """Of paper_tables: goals near each scene's own."""
    rows = []
    for scene, row in report["goals"].items():
        goals, kdl = row["goals"], row.get("kdl")
        solvers = [("--exact, 1 mm", row, row["answered"])]
        solvers += [("KDL, 1 mm, one thread", kdl, goals - kdl["unsolved"])] if kdl else []
        for name, solver, solved in solvers:
            first = solver["first_seconds"]
            took = tuple(1e3 * first[key] for key in ("median", "p90", "max"))
            rows.append(solver_row(scene, goals, name, took, solved))
    return rows


def restarts(report: Any) -> list[Row]:
    """Of kdl_reach: both solvers with the same starts."""
    rows = []
    for scene, solvers in report["scenes"].items():
        for name, solver in (("ours", solvers["ours"]), ("KDL", solvers["kdl"])):
            took = tuple(solver["milliseconds"][key] for key in ("median", "q90", "max"))
            rows.append(solver_row(scene, report["goals"], f"restarts, {name}, one thread", took,
                                   solver["solved"] * report["goals"]))
    return rows


def kinematics(raw: Raw) -> Section:
    tables, both = raw.one("ik.tables"), raw.one("ik.restarts")
    lacks = {name: [[name, raw.lack(f"ik.{name}"), "", "", ""]] for name in ("tables", "restarts")}
    rows = first_solutions(tables) + near_goals(tables) if tables else lacks["tables"]
    rows += restarts(both) if both else lacks["restarts"]
    if tables and "kdl" not in tables["table2"]:
        rows.append(["KDL", NOT_INSTALLED, *[""] * 3])
    threads = tables["threads"] if tables else "–"
    text = (f"Milliseconds to the first configuration at the goal that is certified to be free; threads, where nothing "
            f"else is said: {threads}. At the paper's goal the tolerance is 1 µm, and *solved* is what Bullet agrees "
            "with, for the prior whatever is nearest. Of `--exact, 1 mm` *solved* says that ten solutions were there "
            "within a second. Restarts have the same starts, to a millimeter.")
    return Section("Exact inverse kinematics", text, ["goal", "", "ms, median", "spread", "solved"], rows,
                   {"tables": tables, "restarts": both})


# How cost grows

def growth(raw: Raw) -> Section:
    settings = {int(path.name.split(".")[1]) for path in raw.folder.glob("growth.*.*.json")}
    rows, data = [], []
    for setting in sorted(settings):
        results = list(raw.turns(f"growth.{setting}").values())
        numbers = {key: results[0][key] for key in ("threads", "samples", "elites", "rounds", "steps")}
        seconds, score = Series([seconds_of(result) for result in results]), judged(results[0])["score"]
        data.append({**numbers, "seconds": seconds.json(), "score": score})
        rows.append([*map(str, numbers.values()), str(seconds), short(score)])
    text = "Seconds of box completion, ours; the first row are the paper's numbers, and the score is of a single seed."
    return Section("How a tuning's cost grows", text,
                   ["threads", "samples", "elites", "rounds", "steps", "seconds", "score"],
                   rows or [[raw.lack("growth"), *[""] * 6]], data)


# All of it

def first_line(*command: str) -> str | None:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, IndexError, subprocess.CalledProcessError):
        return None


def machine(raw: Raw, compiler: str) -> dict[str, Any]:
    info = Path("/proc/cpuinfo")
    models = re.findall(r"model name\s*: (.*)", info.read_text()) if info.exists() else []
    torch = next((report for task in TASKS for report in raw.turns(f"tasks.{task}.torch-once").values()), None)
    peers = {name: first_line("pkg-config", "--modversion", package) or NOT_INSTALLED for name, package in
             (("Eigen", "eigen3"), ("OpenBLAS", "openblas"), ("nanoflann", "nanoflann"), ("Bullet", "bullet"),
              ("FCL", "fcl"), ("KDL", "orocos-kdl"))}
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "compiler": first_line(compiler, "--version"),
        "commit": first_line("git", "describe", "--always", "--dirty"),
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "load_start": raw.text("load_start"),
        "load_end": raw.text("load_end"),
        "versions": {**peers, "PyTorch": torch["torch"] if torch else NOT_INSTALLED},
        "torch_blas": torch["blas"] if torch else None,
    }


def heading(of: dict[str, Any], repeats: int, trial: bool) -> str:
    lines = ["# Performance", ""]
    if trial:
        lines += ["**A trial of the script, not a measurement**: a round or two each; no number means anything.", ""]
    start, end = (of[key].rsplit(" ", 2)[0] for key in ("load_start", "load_end"))
    lines += [f"{of['cpu']}, {of['cores']} cores; {of['compiler']}; commit {of['commit']}; {of['date']}. Load average "
              f"{start} before anything was built and {end} at the end, of this work too.", "",
              ", ".join(f"{name} {version}" for name, version in of["versions"].items()) +
              (f"; PyTorch multiplies with {of['torch_blas']}." if of["torch_blas"] else "."), "",
              f"Medians of {repeats}, in brackets the least and the most. `benchmarks/speed/run.sh` measured all of it; "
              "operations on one thread by the processor's time, all else by the clock.", ""]
    return "\n".join(lines)


def replace(path: Path, text: str) -> None:
    """All at once."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text)
    fresh.replace(path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("raw", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--repeats", type=int, required=True)
    parser.add_argument("--trial", action="store_true", help="say that this is no measurement")
    arguments = parser.parse_args()
    raw, of = Raw(arguments.raw), machine(Raw(arguments.raw), arguments.compiler)
    parts = (tasks, dense, chamfer, chamfer_python, arm, autoregressive, elements, kinematics, growth, chamfer_growth)
    sections = {part.__name__: part(raw) for part in parts}
    data = {"trial": arguments.trial, "repeats": arguments.repeats, "machine": of,
            **{name: section.data for name, section in sections.items()}}
    markdown = [heading(of, arguments.repeats, arguments.trial), *(s.markdown() for s in sections.values())]
    replace(arguments.out / "performance.json", json.dumps(data, indent=2) + "\n")
    replace(arguments.out / "performance.md", "\n".join(markdown))
    return 0


if __name__ == "__main__":
    sys.exit(main())
