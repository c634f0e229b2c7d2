# SPDX-License-Identifier: Apache-2.0
"""Makes performance.json of what run.sh measured; scripts/performance_tables.py makes tables of it. What was not
measured, because it failed or a peer is not installed, is a string that says why."""

import argparse
import statistics
import sys
from pathlib import Path
from typing import Any

import operations
from measured import NOT_INSTALLED, Raw, series
from record import first_line, machine, replace

TASKS = {"completion": ("ours", "torch-once", "torch-every-step"), "shape": ("ours", "torch-once", "torch-every-step"),
         "cwall": ("ours", "torch-once"), "box": ("ours", "torch-once")}


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


def task(raw: Raw, name: str, method: str) -> Any:
    """The ratio, of medians, and its spread are over the turns that both have."""
    results, ours = raw.turns(f"tasks.{name}.{method}"), raw.turns(f"tasks.{name}.ours")
    if not results:
        return raw.lack(f"tasks.{name}.{method}")
    each = [judged(result) for result in results.values()]
    data = {"seconds": series(map(seconds_of, results.values())),
            **{key: series(one[key] for one in each) for key in each[0]}}
    both = [turn for turn in results if turn in ours]
    if method != "ours" and both:
        theirs, mine = ([seconds_of(side[turn]) for turn in both] for side in (results, ours))
        data["ratio"] = {"of_medians": statistics.median(theirs) / statistics.median(mine),
                         "of_turns": [one / other for one, other in zip(theirs, mine)]}
    return data


def tasks(raw: Raw) -> Any:
    return {f"{name}.{method}": task(raw, name, method) for name, methods in TASKS.items() for method in methods}


def kinematics(raw: Raw) -> Any:
    return {name: raw.one(f"ik.{name}") or raw.lack(f"ik.{name}") for name in ("tables", "restarts")}


def growth(raw: Raw) -> Any:
    settings = {int(path.name.split(".")[1]) for path in raw.folder.glob("growth.*.*.json")}
    data = []
    for setting in sorted(settings):
        results = list(raw.turns(f"growth.{setting}").values())
        numbers = {key: results[0][key] for key in ("threads", "samples", "elites", "rounds", "steps")}
        data.append({**numbers, "seconds": series(map(seconds_of, results)), "score": judged(results[0])["score"]})
    return data or raw.lack("growth")


def about(raw: Raw, compiler: str) -> dict[str, Any]:
    torch = next((report for name in TASKS for report in raw.turns(f"tasks.{name}.torch-once").values()), None)
    peers = {name: first_line("pkg-config", "--modversion", package) or NOT_INSTALLED for name, package in
             (("Eigen", "eigen3"), ("OpenBLAS", "openblas"), ("nanoflann", "nanoflann"), ("Bullet", "bullet"),
              ("FCL", "fcl"), ("KDL", "orocos-kdl"))}
    return {
        **machine(raw.text("load_start"), raw.text("load_end")),
        "compiler": first_line(compiler, "--version"),
        "versions": {**peers, "PyTorch": torch["torch"] if torch else NOT_INSTALLED},
        "torch_blas": torch["blas"] if torch else None,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("raw", type=Path)
    parser.add_argument("out", type=Path, help="performance.json")
    parser.add_argument("--command", required=True, help="that measured it")
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--repeats", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--trial", action="store_true", help="say that this is no measurement")
    arguments = parser.parse_args()
    raw = Raw(arguments.raw)
    parts = (tasks, operations.dense, operations.chamfer, operations.chamfer_python, operations.arm,
             operations.autoregressive, operations.elements, kinematics, growth, operations.chamfer_growth)
    data = {"trial": arguments.trial, "command": arguments.command, "repeats": arguments.repeats,
            "threads": arguments.threads, "machine": about(raw, arguments.compiler),
            **{part.__name__: part(raw) for part in parts}}
    replace(arguments.out, data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
