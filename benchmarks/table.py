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

# Whole tasks

TASKS = {"completion": "box completion", "shape": "shape from contacts", "cwall": "reach behind `cwall`",
         "box": "reach into the box"}


def judged(result: Any) -> dict[str, float]:
    """Score, error and share that is free of the samples after tuning, by the names of either program."""
    after = result["posterior"]
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
    """A row, and it for the JSON. The ratio is of medians, its spread over the turns that both have."""
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
        middle = seconds.median / statistics.median(map(seconds_of, ours.values()))
        turns = [seconds_of(results[i]) / seconds_of(ours[i]) for i in results if i in ours]
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
            "(`benchmarks/peers/torch`) in turns, each turn with another seed; the ratio is of the medians. Error: "
            "CD_5; 1 − S; metres to the goal, in the mean. *Free* is judged by hulls for ours, by capsules for "
            "PyTorch.")
    return Section("Whole tasks", text, ["task", "", "seconds", "PyTorch / ours", "score", "error", "free"], rows, data)


# Micro-benchmarks

def runs(report: Any) -> dict[str, list[Any]]:
    """Google Benchmark's repetitions by name, in the program's order; without those that this machine cannot run."""
    by_name: dict[str, list[Any]] = {}
    listed = report["benchmarks"] if report else []
    for run in sorted(listed, key=lambda run: (run["family_index"], run["per_family_instance_index"])):
        if run["run_type"] == "iteration" and not run.get("error_occurred"):
            by_name.setdefault(run["run_name"], []).append(run)
    return by_name


def counter(found: list[Any], key: str) -> Series:
    return Series([run[key] for run in found])


DENSE = {"frozen/avx512": "frozen, AVX-512", "frozen/avx2": "frozen, AVX2", "frozen/portable": "frozen, portable",
         "changing/avx512": "changing, AVX-512", "changing/avx2": "changing, AVX2", "peer/eigen": "Eigen",
         "peer/openblas": "OpenBLAS", "encoder/avx512": "encoder, AVX-512", "encoder/avx2": "encoder, AVX2"}


def dense(raw: Raw) -> Section:
    """A row a shape, a column a kernel."""
    found = runs(raw.one("micro.dense"))
    columns = [kernel for kernel in DENSE if not kernel.startswith("encoder")]
    data = {name: {key: counter(each, key).json() for key in ("GFLOP/s", "of_peak") if key in each[0]}
            for name, each in found.items()}

    def cell(name: str) -> str:
        if name not in found:
            return NOT_INSTALLED if name.startswith("peer") else "not on this machine"
        share = f", {counter(found[name], 'of_peak').median:.0%}" if "of_peak" in found[name][0] else ""
        return f"{counter(found[name], 'GFLOP/s')}{share}"

    shapes = list(dict.fromkeys(name.split("/", 2)[2] for name in found if name.startswith(("frozen", "peer"))))
    rows = [[" × ".join(re.findall(r":(\d+)", shape)), *(cell(f"{kernel}/{shape}") for kernel in columns)]
            for shape in shapes]
    for shape in dict.fromkeys(name.split("/", 2)[2] for name in found if name.startswith("encoder")):
        cells = [cell(f"encoder/{isa}/{shape}") for isa in ("avx512", "avx2")]
        rows.append([f"encoder, {shape.split(':')[1]} clouds", *cells, *[""] * (len(columns) - 2)])
    text = ("GFLOP/s of y = leaky(Wᵀx + b) in single precision on one core, and the share of what its multiply-adds "
            "come to, measured by the same program with the column's instructions, for the peers with all. *Frozen*: "
            "weights packed before; *changing*: packed on the way.")
    return Section("Dense layers", text, ["inputs × outputs × batch", *(DENSE[kernel] for kernel in columns)],
                   rows or [[raw.lack("micro.dense"), *[""] * len(columns)]], data)


# Stages of the autoregressive model, and a chain's growth with its joints

STAGES = {"sample/samples:64/elites:4": "64 samples drawn", "sample/samples:4096/elites:32": "4096 samples drawn",
          "fit/samples:64/elites:4": "4 steps, 4 elites", "fit/samples:4096/elites:32": "4 steps, 32 elites",
          "fit_apart/samples:64/elites:4": "the same 4 elites, gradient and step apart",
          **{f"{stage}/joints{n}/samples:4096/elites:32": f"{n} joints: {what}"
             for what, stage in (("4096 samples drawn", "sample"), ("4 steps, 32 elites", "fit")) for n in (2, 4, 7, 14)}}


def autoregressive(raw: Raw) -> Section:
    found = {name.removesuffix("/process_time"): each for name, each in runs(raw.one("micro.autoregressive")).items()}
    rows, data = [], {}
    for name, what in STAGES.items():
        if name not in found:
            rows.append([what, raw.lack("micro.autoregressive"), ""])
            continue
        milliseconds, share = counter(found[name], "cpu_time"), counter(found[name], "of_peak")
        data[name] = {"milliseconds": milliseconds.json(), "of_peak": share.json()}
        rows.append([what, str(milliseconds), f"{share.median:.0%}"])
    text = ("Milliseconds of processor time, on two threads, of the paper's networks, of a Panda where nothing else is "
            "said; and the share of a core's multiply-adds that the matrix products come to. The rest are Adam's bytes "
            "(32 a weight and step) for few elites, and logarithms and error functions for many samples.")
    return Section("Drawing and fitting an arm", text, ["", "ms", "of the peak"], rows, data)


CHAMFER = {"ours/avx512": "ours, AVX-512", "ours/avx2": "ours, AVX2", "ours/portable": "ours, portable",
           "nanoflann": "nanoflann", "brute_force": "brute force, 16 clouds"}


def chamfer(raw: Raw) -> Section:
    found = {name.rsplit("/", 1)[0]: each for name, each in runs(raw.one("micro.chamfer")).items()}
    peer = counter(found["nanoflann"], "cpu_time").median if "nanoflann" in found else None
    rows, data = [], {}
    for kernel, name in CHAMFER.items():
        if kernel not in found:
            rows.append([name, "not on this machine" if found else raw.lack("micro.chamfer"), "", "", ""])
            continue
        milliseconds, error = counter(found[kernel], "cpu_time"), counter(found[kernel], "error").median
        data[kernel] = {"milliseconds": milliseconds.json(), "error": error}
        share = counter(found[kernel], "of_peak").median if "of_peak" in found[kernel][0] else None
        ratio = short(peer / milliseconds.median) if peer and kernel.startswith("ours") else ""
        rows.append([name, str(milliseconds), ratio, f"{error:.1e}", f"{share:.0%}" if share else ""])
    text = ("Milliseconds on one thread for CD_5, both ways, of 256 clouds of 2048 points against one of 1024, "
            "surfaces of boxes. Error: the largest relative difference from brute force in double. Bound: the squared "
            "distances of all pairs, once, in this time would take that share of the core's multiply-adds; blocks of "
            "pairs that are passed over are what makes up for the rest.")
    return Section("Chamfer distance", text, ["", "ms", "nanoflann / this", "error", "all pairs, of the peak"], rows,
                   data)


def fastest_turns(raw: Raw) -> dict[int, float]:
    """Ours with the fastest instructions, milliseconds a turn."""
    by_turn = {turn: runs(report) for turn, report in raw.turns("chamfer.ours").items()}
    names = {name for found in by_turn.values() for name in found}
    if not names:
        return {}
    best = min(names, key=lambda name: statistics.median(found[name][0]["cpu_time"] for found in by_turn.values()))
    return {turn: found[best][0]["cpu_time"] for turn, found in by_turn.items()}


def chamfer_python(raw: Raw) -> Section:
    ours, reports = fastest_turns(raw), raw.turns("chamfer.peers")
    mine = Series(list(ours.values())) if ours else None
    rows = [["ours", str(mine) if mine else raw.lack("chamfer.ours"), "", ""]]
    data: dict[str, Any] = {"ours": mine.json() if mine else None}
    for peer, name in (("scipy", "scipy's cKDTree"), ("torch", "PyTorch, cdist and topk")):
        each = {turn: report[peer] for turn, report in reports.items() if report[peer]}
        if not each:
            rows.append([name, raw.lack("chamfer.peers"), "", ""])
            continue
        milliseconds = Series([1e3 * one["seconds"][0] for one in each.values()])
        ratios = Series([1e3 * one["seconds"][0] / ours[turn] for turn, one in each.items() if turn in ours] or [0])
        middle = milliseconds.median / mine.median if mine else 0
        error = max(one["error"] for one in each.values())
        version = next(iter(each.values()))["version"]
        data[peer] = {"version": version, "milliseconds": milliseconds.json(), "error": error,
                      "ratio": {"of_medians": middle, "of_turns": ratios.values}}
        spread = f"{short(middle)} ({short(min(ratios.values))} to {short(max(ratios.values))})"
        rows.append([f"{name} ({version})", str(milliseconds), spread, f"{error:.1e}"])
    text = "The same from Python, in turns with ours, on one thread each; boxes drawn alike, but not the very same."
    return Section("Chamfer distance beside Python's", text, ["", "ms", "this / ours", "error"], rows, data)


ARM = {"run/avx512": "ours, AVX-512", "run/avx2": "ours, AVX2", "run/portable": "ours, portable",
       "one_at_a_time": "ours, one at a time", "run/avx512_narrow": "ours, AVX-512, alike configurations",
       "bullet": "Bullet", "fcl": "FCL"}


def arm(raw: Raw) -> Section:
    found = runs(raw.one("micro.arm"))
    middle = {kernel: counter(each, "ns_a_pair").median for kernel, each in found.items()}
    rows, data = [], {}
    for kernel, name in ARM.items():
        if kernel not in found:
            lack = "not on this machine" if found and kernel.startswith("run") else raw.lack("micro.arm")
            rows.append([name, lack, "", "", "", ""])
            continue
        pair, free = counter(found[kernel], "ns_a_pair"), counter(found[kernel], "free").median
        whole = Series([1e9 / run["items_per_second"] for run in found[kernel]])
        data[kernel] = {"ns_a_pair": pair.json(), "ns_a_configuration": whole.json(), "free": free}
        # Other configurations than the peers' cannot be compared with them.
        ratios = [short(middle[peer] / middle[kernel]) if peer in middle and peer != kernel
                  and not kernel.endswith("narrow") else "" for peer in ("bullet", "fcl")]
        rows.append([name, str(pair), str(whole), *ratios, f"{free:.1%}"])
    text = ("Nanoseconds on one thread for a pair of bodies and for a configuration of the Panda in the open box. Ours "
            "finds the distance, the peers only whether something touches; same capsules, boxes and pairs.")
    header = ["", "ns a pair", "ns a configuration", "Bullet / this", "FCL / this", "free"]
    return Section("Collision", text, header, rows, data)


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
            "within a second. Restarts have the same starts, to a millimetre.")
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


def chamfer_growth(raw: Raw) -> Section:
    """Of the same micro-benchmark as `chamfer`; k = 5 and 2048 points are the fastest instructions' row there."""
    found = runs(raw.one("micro.chamfer"))
    usual = [each for name, each in found.items() if re.match("ours/(avx512|avx2|portable)", name)]
    series = {("5", "2048"): min((counter(each, "cpu_time") for each in usual), key=lambda one: one.median)} if usual else {}
    for name, each in found.items():
        if match := re.match(r"ours/(k|points)(\d+)/", name):
            key = (match[2], "2048") if match[1] == "k" else ("5", match[2])
            series[key] = counter(each, "cpu_time")
    keys = sorted(series, key=lambda key: (int(key[1]), int(key[0])))
    rows = [[*key, str(series[key])] for key in keys]
    return Section("How a Chamfer distance's cost grows", "Milliseconds for 256 clouds, as above.",
                   ["k", "points a cloud", "ms"], rows or [[raw.lack("micro.chamfer"), "", ""]],
                   [{"k": int(k), "points": int(n), "milliseconds": series[k, n].json()} for k, n in keys])


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
              f"Medians of {repeats}, in brackets the least and the most. `benchmarks/run.sh` measured all of it; "
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
    parts = (tasks, dense, chamfer, chamfer_python, arm, autoregressive, kinematics, growth, chamfer_growth)
    sections = {part.__name__: part(raw) for part in parts}
    data = {"trial": arguments.trial, "repeats": arguments.repeats, "machine": of,
            **{name: section.data for name, section in sections.items()}}
    markdown = [heading(of, arguments.repeats, arguments.trial), *(s.markdown() for s in sections.values())]
    replace(arguments.out / "performance.json", json.dumps(data, indent=2) + "\n")
    replace(arguments.out / "performance.md", "\n".join(markdown))
    return 0


if __name__ == "__main__":
    sys.exit(main())
