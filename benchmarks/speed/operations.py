# SPDX-License-Identifier: Apache-2.0
"""Single operations: of Google Benchmark's reports, and of the Chamfer distance in Python. What was not measured is a
string that says why."""

import re
import statistics
from typing import Any

from measured import Raw, series


def runs(report: Any) -> dict[str, list[Any]]:
    """Google Benchmark's repetitions by name, in the program's order; without those that this machine cannot run."""
    by_name: dict[str, list[Any]] = {}
    listed = report["benchmarks"] if report else []
    for run in sorted(listed, key=lambda run: (run["family_index"], run["per_family_instance_index"])):
        if run["run_type"] == "iteration" and not run.get("error_occurred"):
            by_name.setdefault(run["run_name"], []).append(run)
    return by_name


def counter(found: list[Any], key: str) -> dict[str, Any]:
    return series(run[key] for run in found)


def median(found: list[Any], key: str) -> float | None:
    return counter(found, key)["median"] if key in found[0] else None


def dense(raw: Raw) -> Any:
    found = runs(raw.one("micro.dense"))
    return {name: {key: counter(each, key) for key in ("GFLOP/s", "of_peak") if key in each[0]}
            for name, each in found.items()} or raw.lack("micro.dense")


def autoregressive(raw: Raw) -> Any:
    found = runs(raw.one("micro.autoregressive"))
    return {name.removesuffix("/process_time"): {"milliseconds": counter(each, "cpu_time"),
                                                 "of_peak": counter(each, "of_peak")}
            for name, each in found.items()} or raw.lack("micro.autoregressive")


def chamfer(raw: Raw) -> Any:
    found = {name.rsplit("/", 1)[0]: each for name, each in runs(raw.one("micro.chamfer")).items()}
    return {name: {"milliseconds": counter(each, "cpu_time"), "error": median(each, "error"),
                   "of_peak": median(each, "of_peak")}
            for name, each in found.items() if not re.match(r"ours/(k|points)\d", name)} or raw.lack("micro.chamfer")


def fastest_turns(raw: Raw) -> dict[int, float]:
    """Ours with the fastest instructions, milliseconds a turn."""
    by_turn = {turn: runs(report) for turn, report in raw.turns("chamfer.ours").items()}
    names = {name for found in by_turn.values() for name in found}
    if not names:
        return {}
    best = min(names, key=lambda name: statistics.median(found[name][0]["cpu_time"] for found in by_turn.values()))
    return {turn: found[best][0]["cpu_time"] for turn, found in by_turn.items()}


def chamfer_python(raw: Raw) -> Any:
    ours, reports = fastest_turns(raw), raw.turns("chamfer.peers")
    data: dict[str, Any] = {"ours": series(ours.values()) if ours else raw.lack("chamfer.ours")}
    for peer in ("scipy", "torch"):
        each = {turn: report[peer] for turn, report in reports.items() if report[peer]}
        if not each or not ours:
            data[peer] = raw.lack("chamfer.ours" if each else "chamfer.peers")
            continue
        milliseconds = series(1e3 * one["seconds"][0] for one in each.values())
        data[peer] = {"version": next(iter(each.values()))["version"], "milliseconds": milliseconds,
                      "error": max(one["error"] for one in each.values()),
                      "ratio": {"of_medians": milliseconds["median"] / data["ours"]["median"],
                                "of_turns": [1e3 * one["seconds"][0] / ours[turn] for turn, one in each.items()
                                             if turn in ours]}}
    return data


def arm(raw: Raw) -> Any:
    found = runs(raw.one("micro.arm"))
    return {name: {"ns_a_pair": counter(each, "ns_a_pair"),
                   "ns_a_configuration": series(1e9 / run["items_per_second"] for run in each),
                   "free": median(each, "free"), "of_issue": median(each, "of_issue")}
            for name, each in found.items()} or raw.lack("micro.arm")


def elements(raw: Raw) -> Any:
    found = runs(raw.one("micro.elements"))
    return {name: {"millions_a_second": series(1e-6 * run["items_per_second"] for run in each),
                   "of_streams": median(each, "of_streams")}
            for name, each in found.items()} or raw.lack("micro.elements")


def chamfer_growth(raw: Raw) -> Any:
    """Of the same micro-benchmark as `chamfer`; k = 5 and 2048 points are the fastest instructions' row there."""
    found = runs(raw.one("micro.chamfer"))
    usual = [each for name, each in found.items() if re.match("ours/(avx512|avx2|portable)", name)]
    measured = {}
    if usual:
        measured[5, 2048] = min((counter(each, "cpu_time") for each in usual), key=lambda one: one["median"])
    for name, each in found.items():
        if match := re.match(r"ours/(k|points)(\d+)/", name):
            measured[(int(match[2]), 2048) if match[1] == "k" else (5, int(match[2]))] = counter(each, "cpu_time")
    return [{"k": k, "points": points, "milliseconds": measured[k, points]}
            for k, points in sorted(measured, key=lambda key: (key[1], key[0]))] or raw.lack("micro.chamfer")
