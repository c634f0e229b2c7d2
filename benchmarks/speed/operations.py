# SPDX-License-Identifier: Apache-2.0
"""Tables of single operations: of Google Benchmark's reports, and of the Chamfer distance in Python."""

import re
import statistics
from typing import Any

from measured import NOT_INSTALLED, Raw, Row, Section, Series, short


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
             for what, stage in (("4096 samples drawn", "sample"), ("4 steps, 32 elites", "fit"))
             for n in (2, 4, 7, 14)}}


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
            rows.append([name, lack, "", "", "", "", ""])
            continue
        pair, free = counter(found[kernel], "ns_a_pair"), counter(found[kernel], "free").median
        share = counter(found[kernel], "of_issue").median if "of_issue" in found[kernel][0] else None
        whole = Series([1e9 / run["items_per_second"] for run in found[kernel]])
        data[kernel] = {"ns_a_pair": pair.json(), "ns_a_configuration": whole.json(), "free": free,
                        "of_issue": share}
        # Other configurations than the peers' cannot be compared with them.
        ratios = [short(middle[peer] / middle[kernel]) if peer in middle and peer != kernel
                  and not kernel.endswith("narrow") else "" for peer in ("bullet", "fcl")]
        rows.append([name, str(pair), str(whole), *ratios, f"{free:.1%}", f"{share:.0%}" if share else ""])
    text = ("Nanoseconds on one thread for a pair of bodies and for a configuration of the Panda in the open box. Ours "
            "finds the distance, the peers only whether something touches; same capsules, boxes and pairs. Bound: the "
            "formula's operations, counted one by one though a product and a sum make one instruction, as a share of "
            "as many vectors of multiply-adds as a core was measured to begin.")
    header = ["", "ns a pair", "ns a configuration", "Bullet / this", "FCL / this", "free", "of the multiply-adds' rate"]
    return Section("Collision", text, header, rows, data)


ISAS = {"avx512": "AVX-512", "avx2": "AVX2", "portable": "portable"}


def elements(raw: Raw) -> Section:
    found = runs(raw.one("micro.elements"))
    rows, data = [], {}
    for name, each in found.items():
        stage, isa, *size = name.split("/")
        what = "normals" if stage == "normals" else f"a step of Adam, {int(size[0].split(':')[1]):,} parameters"
        rate = counter(each, "items_per_second").times(1e-6)
        share = counter(each, "of_streams").median if "of_streams" in each[0] else None
        data[name] = {"millions_a_second": rate.json(), "of_streams": share}
        rows.append([what, ISAS[isa], str(rate), f"{share:.0%}" if share else ""])
    text = ("Millions a second on one thread. Bound of Adam: how fast its memory comes and goes when nothing is "
            "computed but an addition each.")
    return Section("Random numbers and Adam", text, ["", "", "millions a second", "of the memory's speed"],
                   rows or [[raw.lack("micro.elements"), "", "", ""]], data)


def chamfer_growth(raw: Raw) -> Section:
    """Of the same micro-benchmark as `chamfer`; k = 5 and 2048 points are the fastest instructions' row there."""
    found = runs(raw.one("micro.chamfer"))
    usual = [each for name, each in found.items() if re.match("ours/(avx512|avx2|portable)", name)]
    series = {}
    if usual:
        series["5", "2048"] = min((counter(each, "cpu_time") for each in usual), key=lambda one: one.median)
    for name, each in found.items():
        if match := re.match(r"ours/(k|points)(\d+)/", name):
            key = (match[2], "2048") if match[1] == "k" else ("5", match[2])
            series[key] = counter(each, "cpu_time")
    keys = sorted(series, key=lambda key: (int(key[1]), int(key[0])))
    rows = [[*key, str(series[key])] for key in keys]
    return Section("How a Chamfer distance's cost grows", "Milliseconds for 256 clouds, as above.",
                   ["k", "points a cloud", "ms"], rows or [[raw.lack("micro.chamfer"), "", ""]],
                   [{"k": int(k), "points": int(n), "milliseconds": series[k, n].json()} for k, n in keys])
