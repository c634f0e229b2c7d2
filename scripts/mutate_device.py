#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks the library by one fault at a time and runs the tests on a device made of the host: is it told?

Usage: scripts/mutate_device.py [--only NUMBER ...] [--table FILE]
Writes a table of the faults and of what told them; fails if one that should be told is not, or no longer fits the code.
It takes g++ for x86-64, and about half a minute a fault.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
HOST_DEVICE = ROOT / "tests/host_device"

# (what is broken, header, old text, new text, file of tests/cuda, its cases, why it cannot be told)
MUTANTS = [
    ("Chamfer: no sync before a tile is filled", "cloud/chamfer_block.hpp",
     "        block.sync();  // all are done with the last tile\n", "", "blocks", "*"),
    ("Chamfer: no sync after a tile is filled", "cloud/chamfer_block.hpp",
     "        block.sync();\n        for (Index j = 0; j < count; ++j) {", "        for (Index j = 0; j < count; ++j) {",
     "blocks", "*"),
    ("contacts: a candidate is overwritten before all have read it", "cloud/contact_block.hpp",
     "      block.sync();  // all have read it\n", "", "parity", "contacts*"),
    ("cut: a scan without a sync", "simulate/half_space_cut_block.hpp", "      block.sync();\n      auto* const next",
     "      auto* const next", "blocks", "*"),
    ("combine_block: no last sync", "backend/block.hpp", "  block.sync();\n}\n", "}\n", "parity", "contacts*"),
    ("an arm's draw: no sync between layers", "model/autoregressive_block.hpp",
     "    block.sync();\n    if constexpr (last)", "    if constexpr (last)", "parity", "*densities*"),
    ("an arm's draw: no sync after a joint", "model/autoregressive_block.hpp", r"re:(to_unit\(x\);\n    \}\n)    block\.sync\(\);\n",
     r"\1", "parity", "*densities*"),
    ("an arm's step: no sync after dy is loaded", "model/autoregressive_step_block.hpp",
     "    block.sync();\n    if (first == 0)", "    if (first == 0)", "policies", "*fit to few*"),
    ("an arm's step: parts are reused without a sync", "model/autoregressive_step_block.hpp",
     r"re:(activation_derivative\(y\[s \* inputs \+ k\], slope\);\n      \}\n)      block\.sync\(\);\n", r"\1", "policies",
     "*fit to few*"),
    ("points' maximum: no sync", "model/point_encoder_block.hpp", "    block.sync();\n", "", "parity", "encoder*"),
    ("a warp's sum leaves out half of it", "backend/cuda/launch.cuh", "apart = lane_count / 2", "apart = lane_count / 4",
     "blocks", "lanes*"),
    ("the last block is not launched", "backend/cuda/launch.cuh", "(count + threads - 1) / threads",
     "std::max<Index>(1, count / threads)", "parity", "normals*"),
    ("a flag of the device is not waited for", "backend/cuda/executor.cuh",
     "    finish();\n    return flag;\n", "    return flag;\n", "rounds", "*",
     "a copy to pageable memory has waited already, by CUDA's rules"),
    ("memory is not waited for when it is cleared", "backend/cuda/memory.cuh",
     '      check(cudaStreamSynchronize(cudaStreamPerThread), "to clear memory");\n', "", "rounds", "*"),
    ("the host does not wait for a round's facts", "backend/cuda/executor.cuh", "      sent_[slot].wait();\n", "", "rounds",
     "*"),
    ("a round is recorded at once, while memory is taken", "backend/cuda/recording.cuh",
     r"re:    if \(!begun_\) \{\n      work\(\);.*?return false;\n    \}\n", "    begun_ = true, releases_ = DeviceSpace::releases;\n",
     "rounds", "snapshots*"),
    ("a recording is kept though memory was given back", "backend/cuda/recording.cuh",
     "    if (begun_ && releases_ != DeviceSpace::releases) forget();\n", "", "parity", "a tuner goes on*"),
    ("the number of the round is frozen into the recording", "tune/tuner.hpp", "Stream::draw, 0, rounds_drawn_.data()}",
     "Stream::draw, [] { static std::uint32_t drawn = 0; return drawn++; }(), nullptr}", "rounds", "*recorded*"),
    ("the number of Adam's step is frozen", "fit/adam.hpp",
     "exec.for_each_sample(1, detail::AddSteps{count, state.steps.data()});", "", "policies", "steps of*",
     "host and device count alike: the tests of tests/fit/ tell it"),
    ("kernels of an infeasible round are not held back", "backend/cuda/launch.cuh",
     "  if (only_if != nullptr && *only_if == 0) return;\n", "", "rounds", "*"),
    ("a pointer of the host in a kernel", "backend/cuda/executor.cuh",
     "  void summarize(std::span<const float> log_scores, ScoreSummary* out) const {\n",
     "  void summarize(std::span<const float> log_scores, ScoreSummary* out) const {\n    static float one[4];\n"
     "    for_each_element(1, [=, p = &one[0]] __device__(Index i) { p[i] = 1; });\n", "rounds", "*"),
    ("a gather reads one index too far", "backend/cuda/executor.cuh", "index[i / from.rows()]", "index[i / from.rows() + 1]",
     "parity", "encoder*"),
    ("a product's columns are one too many", "backend/cuda/dense.cuh", "n = narrow(c.cols())", "n = narrow(c.cols() + 1)",
     "parity", "dense*"),
    ("a kernel is launched without its device", "backend/cuda/launch.cuh", "  const DeviceGuard guard(queue.device);\n", "",
     "devices", "the thread's*"),
    ("copies from pageable memory are not waited for", "backend/cuda/executor.cuh",
     r"re:    if \(is_pageable\(from\.data\(\)\)\) finish\(\);[^\n]*\n", "", "refusals", "host memory*"),
    ("a recorded round is not destroyed", "backend/cuda/recording.cuh", "cudaGraphExecDestroy(graph_)", "(void)graph_",
     "rounds", "*"),
    ("networks that are tuned are rounded to TF32", "backend/cuda/executor.cuh", "packed.precision = Precision::fp32;",
     "packed.precision = options_.precision;", "precision", "TF32 is*"),
    ("samples beyond a block's last come from shared memory that nobody wrote", "model/autoregressive_block.hpp",
     "        next = 0;\n", "", "parity", "*of any number"),
]

FLAGS = ["-std=c++20", "-O1", "-g1", "-w", "-fsanitize=thread", "-fno-omit-frame-pointer", "-DMACE_TEST_DEVICE",
         "-DDOCTEST_CONFIG_NO_POSIX_SIGNALS", f'-DMACE_SOURCE_DIR="{ROOT}"']
INCLUDES = [f"-I{HOST_DEVICE}/include", f"-I{ROOT}/include", f"-I{ROOT}/tests", f"-I{ROOT}/examples", "-I/usr/include/eigen3"]
# Each is tried until one tells: as late as may be, at random, and with pageable memory that is read late.
ORDERS = [{}, {"MACE_DEVICE_SCHEDULE": "1", "MACE_DEVICE_THREADS": "2"}, {"MACE_DEVICE_PAGEABLE": "direct"}]


def compile_unit(source, output, flags):
    return subprocess.run(["g++", *flags, "-c", str(source), "-o", str(output)], capture_output=True, text=True)


def build_runtime(folder):
    """The runtime and the checker, which no fault is in."""
    objects = []
    for source in [*sorted(HOST_DEVICE.glob("*.cpp")), ROOT / "tests/main.cpp"]:
        output = folder / (source.stem + ".o")
        flags = ["-std=c++20", "-O2", "-g1", "-w", "-DMACE_TEST_DEVICE", f"-I{HOST_DEVICE}", *INCLUDES]
        if source.stem == "main":
            flags.append("-DDOCTEST_CONFIG_NO_POSIX_SIGNALS")
        built = compile_unit(source, output, flags)
        if built.returncode:
            sys.exit(f"mutate_device: {source.name} does not compile:\n{built.stderr}")
        objects.append(str(output))
    return objects


def broken(text, old, new):
    if old.startswith("re:"):
        return re.subn(old[3:], new, text, count=1, flags=re.DOTALL)
    return text.replace(old, new), text.count(old)


def first_words(output, status):
    """What told it, in the words of the first finding."""
    for pattern in (r"host device: (?:fatal: )?(?:fault at \S+ )?(.*)", r"ERROR: (.*)"):
        found = re.search(pattern, output)
        if found:
            words = re.sub(r"0x[0-9a-f]+", "…", found.group(1))
            return re.split(r", (?:at|by|in a kernel)\b", words)[0][:110]
    return f"exit status {status}"


def tell(program, cases):
    for order in ORDERS:
        command = [str(program), f"--test-case={cases}", "--test-suite-exclude=whole tasks"]
        try:
            ran = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=900, env=order)
        except subprocess.TimeoutExpired:
            return "it does not end"
        if ran.returncode not in (0, 77):
            return first_words(ran.stdout + ran.stderr, ran.returncode)
    return None


def examine(mutant, folder, objects):
    name, header, old, new, test, cases = mutant[:6]
    source = ROOT / "include/mace" / header
    text, count = broken(source.read_text(), old, new)
    if count == 0:
        return "gone", "the code that it breaks has changed"
    changed = folder / "include/mace" / header
    changed.parent.mkdir(parents=True, exist_ok=True)
    changed.write_text(text)
    unit, program = folder / "test.o", folder / "test"
    flags = [*FLAGS, f"-I{folder}/include", *INCLUDES, "-include", "cuda_runtime.h", "-x", "c++"]
    built = compile_unit(ROOT / f"tests/cuda/{test}.cu", unit, flags)
    changed.unlink()
    if built.returncode:
        return "gone", "it does not compile: " + built.stderr.splitlines()[0]
    subprocess.run(["g++", str(unit), *objects, "-pthread", "-o", str(program)], check=True)
    told = tell(program, cases)
    if told:
        return "told", f"`{told}`"
    return ("explained", mutant[6]) if len(mutant) > 6 else ("missed", "nothing told it")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=int, nargs="+", metavar="NUMBER", help="of the table, from 1")
    parser.add_argument("--table", type=pathlib.Path, metavar="FILE", help="where the table goes, as Markdown")
    arguments = parser.parse_args()
    chosen = [(n, m) for n, m in enumerate(MUTANTS, 1) if not arguments.only or n in arguments.only]
    rows, outcomes = [], []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        objects = build_runtime(folder)
        for number, mutant in chosen:
            outcome, words = examine(mutant, folder, objects)
            outcomes.append(outcome)
            rows.append(f"| {number} | {mutant[0]} | `{mutant[1]}` | {mutant[4]} | {outcome} | {words} |")
            print(rows[-1], flush=True)
    told = outcomes.count("told")
    summary = f"{told} of {len(outcomes)} told, {outcomes.count('explained')} explained"
    print(summary)
    if arguments.table:
        head = ["# What a device made of the host catches", "",
                f"Deliberate faults of the library, one at a time ({summary}); made by `scripts/mutate_device.py --table`.", "",
                "| | fault | in `include/mace/` | test | | in its words |", "|---|---|---|---|---|---|"]
        arguments.table.write_text("\n".join([*head, *rows]) + "\n")
    sys.exit(any(outcome in ("gone", "missed") for outcome in outcomes))


if __name__ == "__main__":
    main()
