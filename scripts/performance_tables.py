# SPDX-License-Identifier: Apache-2.0
"""The tables of performance.json, which benchmarks/speed/run.sh measures, and of what benchmarks/record.py stores of ik_mbm. A
function is a table, and takes the whole of a file. What was not measured is a string there that says why."""

import math
import re
from typing import Any

Row = list[str]
NOT_INSTALLED, NOT_HERE = "not installed", "not on this machine"


def short(value: float) -> str:
    """Three digits that count."""
    if abs(value) < 1e-6:
        return f"{value:.1g}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def spread(middle: float, low: float, high: float) -> str:
    """A median and its range, one that is rounded away left out."""
    return short(middle) if short(low) == short(high) else f"{short(middle)} ({short(low)} to {short(high)})"


def series(of: dict[str, Any]) -> str:
    return spread(of["median"], of["least"], of["most"])


def ratio(of: dict[str, Any]) -> str:
    turns = of["of_turns"]
    return short(of["of_medians"]) if len(turns) == 1 else spread(of["of_medians"], min(turns), max(turns))


def share(of: float | None) -> str:
    return "" if of is None else f"{of:.0%}"


def table(text: str, header: Row, rows: list[Row]) -> str:
    head, *body = (f"| {' | '.join(row + [''] * (len(header) - len(row)))} |" for row in (header, *rows))
    return "\n".join([text, "", head, "|" + "---|" * len(header), *body])


# Whole tasks

TASKS = {"completion": "box completion", "shape": "shape from contacts", "cwall": "reach behind `cwall`",
         "box": "reach into the box"}
METHODS = {"ours": "ours", "torch-once": "PyTorch", "torch-every-step": "PyTorch, encodes every step"}


def tasks(results: Any) -> str:
    rows = []
    for name, of in results["tasks"].items():
        task, method = name.split(".")
        if isinstance(of, str):
            rows.append([TASKS[task], METHODS[method], of])
            continue
        judged = [series(of[key]) if key in of else "" for key in ("score", "error", "free")]
        rows.append([TASKS[task], METHODS[method], series(of["seconds"]), ratio(of["ratio"]) if "ratio" in of else "",
                     *judged])
    text = (f"Seconds of tuning with the paper's numbers, threads: {results['threads']}. Ours and PyTorch "
            "(`benchmarks/speed/peers/torch`) in turns, each turn with another seed; the ratio is of the medians. Error: "
            "mean CD_5, 1 − S, or meters to the goal. *Free* is judged by hulls for ours, by capsules for PyTorch.")
    return table(text, ["task", "", "seconds", "PyTorch / ours", "score", "error", "free"], rows)


def tasks_in_short(results: Any) -> str:
    rows = []
    for task, name in TASKS.items():
        ours, torch = (results["tasks"][f"{task}.{method}"] for method in ("ours", "torch-once"))
        cells = [of if isinstance(of, str) else short(of["seconds"]["median"]) for of in (ours, torch)]
        both = [] if isinstance(ours, str) or isinstance(torch, str) else [
            short(torch["ratio"]["of_medians"]),
            ", ".join(short(of["score"]["median"]) for of in (ours, torch))]
        rows.append([name, *cells, *both])
    text = (f"Seconds of tuning with the paper's numbers, threads: {results['threads']}; medians of "
            f"{results['repeats']} turns.")
    return table(text, ["task", "ours", "PyTorch, the same cores", "ratio", "mean score, ours and PyTorch's"], rows)


# Single operations

DENSE = {"frozen/avx512": "frozen, AVX-512", "frozen/avx2": "frozen, AVX2", "frozen/portable": "frozen, portable",
         "changing/avx512": "changing, AVX-512", "changing/avx2": "changing, AVX2", "peer/eigen": "Eigen",
         "peer/openblas": "OpenBLAS"}


def dense(results: Any) -> str:
    """A row a shape, a column a kernel."""
    found = results["dense"]

    def cell(name: str) -> str:
        if name not in found:
            return NOT_INSTALLED if name.startswith("peer") else NOT_HERE
        of_peak = f", {share(found[name]['of_peak']['median'])}" if "of_peak" in found[name] else ""
        return series(found[name]["GFLOP/s"]) + of_peak

    def shapes(*kernels: str) -> list[str]:
        return list(dict.fromkeys(name.split("/", 2)[2] for name in found if name.startswith(kernels)))

    if isinstance(found, str):
        rows = [[found]]
    else:
        rows = [[" × ".join(re.findall(r":(\d+)", shape)), *(cell(f"{kernel}/{shape}") for kernel in DENSE)]
                for shape in shapes("frozen", "peer")]
        rows += [[f"encoder, {shape.split(':')[1]} clouds", *(cell(f"encoder/{isa}/{shape}") for isa in ("avx512", "avx2"))]
                 for shape in shapes("encoder")]
    text = ("GFLOP/s of y = leaky(Wᵀx + b) in single precision on one core, and the share of the peak rate of "
            "multiply-adds, measured by the same program with the column's instruction set (the peers use the widest). "
            "*Frozen*: weights packed in advance; *changing*: weights packed in each call.")
    return table(text, ["inputs × outputs × batch", *DENSE.values()], rows)


CHAMFER = {"ours/avx512": "ours, AVX-512", "ours/avx2": "ours, AVX2", "ours/portable": "ours, portable",
           "nanoflann": "nanoflann", "brute_force": "brute force, 16 clouds"}


def chamfer(results: Any) -> str:
    found, rows = results["chamfer"], []
    for kernel, name in CHAMFER.items():
        if isinstance(found, str) or kernel not in found:
            rows.append([name, found if isinstance(found, str) else NOT_HERE])
            continue
        of = found[kernel]
        beside = kernel.startswith("ours") and "nanoflann" in found
        faster = short(found["nanoflann"]["milliseconds"]["median"] / of["milliseconds"]["median"]) if beside else ""
        rows.append([name, series(of["milliseconds"]), faster, f"{of['error']:.1e}", share(of["of_peak"])])
    text = ("Milliseconds on one thread for CD_5, both ways, of 256 clouds of 2048 points against one of 1024, "
            "surfaces of boxes. Error: the largest relative difference from brute force in double. Last column: the "
            "share of the core's peak that the squared distances of all pairs, computed once in this time, would take; "
            "the search skips blocks of pairs.")
    return table(text, ["", "ms", "nanoflann / this", "error", "all pairs, of the peak"], rows)


def chamfer_python(results: Any) -> str:
    found = results["chamfer_python"]
    rows = [["ours", found["ours"] if isinstance(found["ours"], str) else series(found["ours"])]]
    for peer, name in (("scipy", "scipy's cKDTree"), ("torch", "PyTorch, cdist and topk")):
        of = found[peer]
        if isinstance(of, str):
            rows.append([name, of])
        else:
            rows.append([f"{name} ({of['version']})", series(of["milliseconds"]), ratio(of["ratio"]),
                         f"{of['error']:.1e}"])
    text = ("The same from Python, in turns with ours, on one thread each; boxes from the same distribution, but not the "
            "same boxes.")
    return table(text, ["", "ms", "this / ours", "error"], rows)


ARM = {"run/avx512": "ours, AVX-512", "run/avx2": "ours, AVX2", "run/portable": "ours, portable",
       "one_at_a_time": "ours, one at a time", "run/avx512_narrow": "ours, AVX-512, alike configurations",
       "bullet": "Bullet", "fcl": "FCL"}


def arm(results: Any) -> str:
    found, rows = results["arm"], []
    for kernel, name in ARM.items():
        if isinstance(found, str) or kernel not in found:
            rows.append([name, found if isinstance(found, str) else NOT_HERE if "run" in kernel else NOT_INSTALLED])
            continue
        of = found[kernel]
        # Other configurations than the peers' cannot be compared with them.
        ratios = [short(found[peer]["ns_a_pair"]["median"] / of["ns_a_pair"]["median"]) if peer in found
                  and peer != kernel and not kernel.endswith("narrow") else "" for peer in ("bullet", "fcl")]
        rows.append([name, series(of["ns_a_pair"]), series(of["ns_a_configuration"]), *ratios, f"{of['free']:.1%}",
                     share(of["of_issue"])])
    text = ("Nanoseconds on one thread for a pair of bodies and for a configuration of the Panda in the open box. Ours "
            "finds the distance, the peers only whether something touches; same capsules, boxes and pairs. Last "
            "column: the formula's operations per second, each counted as one instruction although a product and a sum "
            "can share one, over the measured rate at which a core issues vector multiply-adds.")
    header = ["", "ns a pair", "ns a configuration", "Bullet / this", "FCL / this", "free", "of the multiply-adds' rate"]
    return table(text, header, rows)


STAGES = {"sample/samples:64/elites:4": "64 samples drawn", "sample/samples:4096/elites:32": "4096 samples drawn",
          "fit/samples:64/elites:4": "4 steps, 4 elites", "fit/samples:4096/elites:32": "4 steps, 32 elites",
          "fit_apart/samples:64/elites:4": "the same 4 elites, gradient and step apart",
          **{f"{stage}/joints{n}/samples:4096/elites:32": f"{n} joints: {what}"
             for what, stage in (("4096 samples drawn", "sample"), ("4 steps, 32 elites", "fit"))
             for n in (2, 4, 7, 14)}}


def autoregressive(results: Any) -> str:
    """Stages of the model, and their growth with the joints."""
    found = results["autoregressive"]
    rows = [[what, found] if isinstance(found, str) else
            [what, series(found[name]["milliseconds"]), share(found[name]["of_peak"]["median"])]
            for name, what in STAGES.items()]
    text = ("Milliseconds of processor time, on two threads, for the paper's networks, by default of a Panda; and "
            "the share of a core's peak rate of multiply-adds that the matrix products reach. The rest of the time goes "
            "to Adam's memory traffic (32 bytes per weight and step) for few elites, and to logarithms and error "
            "functions for many samples.")
    return table(text, ["", "ms", "of the peak"], rows)


ISAS = {"avx512": "AVX-512", "avx2": "AVX2", "portable": "portable"}


def elements(results: Any) -> str:
    found, rows = results["elements"], []
    for name, of in ({} if isinstance(found, str) else found).items():
        stage, isa, *size = name.split("/")
        what = "normals" if stage == "normals" else f"a step of Adam, {int(size[0].split(':')[1]):,} parameters"
        rows.append([what, ISAS[isa], series(of["millions_a_second"]), share(of["of_streams"])])
    text = ("Millions a second on one thread. Last column: the share of the memory's speed, measured with "
            "the same reads and writes and only an addition each.")
    return table(text, ["", "", "millions a second", "of the memory's speed"], rows or [[found]])


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


def kinematics(results: Any) -> str:
    paper, both = (results["kinematics"][name] for name in ("tables", "restarts"))
    rows = [["tables", paper]] if isinstance(paper, str) else first_solutions(paper) + near_goals(paper)
    rows += [["restarts", both]] if isinstance(both, str) else restarts(both)
    if not isinstance(paper, str) and "kdl" not in paper["table2"]:
        rows.append(["KDL", NOT_INSTALLED])
    text = ("Milliseconds to the first configuration at the goal that is certified to be free; "
            f"{results['threads']} threads by default. At the paper's goal the tolerance is 1 µm, and *solved* counts solutions that Bullet confirms "
            "(for the prior, its nearest free sample). For `--exact, 1 mm`, *solved* counts goals with ten solutions "
            "within a second. Restarts use the same starts and a tolerance of a millimeter.")
    return table(text, ["goal", "", "ms, median", "spread", "solved"], rows)


# How cost grows

def growth(results: Any) -> str:
    found, numbers = results["growth"], ("threads", "samples", "elites", "rounds", "steps")
    rows = [[found]] if isinstance(found, str) else [
        [*(str(of[key]) for key in numbers), series(of["seconds"]), short(of["score"])] for of in found]
    text = "Seconds of box completion, ours; the first row has the paper's numbers, and the score is for a single seed."
    return table(text, [*numbers, "seconds", "score"], rows)


def chamfer_growth(results: Any) -> str:
    found = results["chamfer_growth"]
    rows = [[found]] if isinstance(found, str) else [
        [str(of["k"]), str(of["points"]), series(of["milliseconds"])] for of in found]
    return table("Milliseconds for 256 clouds, as above.", ["k", "points a cloud", "ms"], rows)


# MotionBenchMaker, of ik_mbm

def ik_mbm(report: Any) -> str:
    of = report["results"]
    rows = []
    for name, here in of["sets"].items():
        by = [f"{meshes['disagreements']} of {meshes['judged']}" if meshes["judged"] else "not judged"
              for meshes in (here, here["visual"])]
        solvers = [("mace", here, by)] + ([("KDL", here["kdl"], [])] if "kdl" in here else [])
        for solver, took, judged in solvers:
            first, processor = took["first_ms"], took["processor_ms"]
            rows.append([name, solver, f"{took['solved']} of {took['problems']}",
                         *(short(first[key]) for key in ("median", "p99", "worst")),
                         *(short(processor[key]) for key in ("median", "worst")), str(took["ten_ms"]), *judged])
    text = (f"Milliseconds to the first certified solution, threads: {of['threads']}; deadline {of['deadline_s']:g} s, which "
            "counts as the time of what is not solved. *Of the processor* is what the calling thread takes of it. The last two "
            f"columns count solutions that are deeper than {1e3 * of['depth_m']:g} mm in something by FCL, on the triangles of "
            "the maker's collision meshes and of its visual ones.")
    return table(text, ["set", "", "solved", "median", "p99", "worst", "of the processor, median", "worst", "within 10 ms",
                        "in collision", "visually"], rows)


TITLES = {tasks: "Whole tasks", dense: "Dense layers", chamfer: "Chamfer distance",
          chamfer_python: "Chamfer distance beside Python's", arm: "Collision",
          autoregressive: "Drawing and fitting an arm", elements: "Random numbers and Adam",
          kinematics: "Exact inverse kinematics", growth: "How a tuning's cost grows",
          chamfer_growth: "How a Chamfer distance's cost grows"}
TABLES = {function.__name__: function for function in (*TITLES, tasks_in_short, ik_mbm)}
