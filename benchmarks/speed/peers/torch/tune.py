# SPDX-License-Identifier: Apache-2.0
"""MACE (Krupnik et al., CoRL 2023, Alg. 1) in plain PyTorch: what the C++ library is timed against. See README.md."""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tasks import GOALS, PRIORS, Task, completion_task, reach_task, shape_task


def choose_elites(log_scores: Tensor, count: int, batches: int) -> tuple[Tensor, Tensor]:
    """Alg. 1, line 5. Indices and weights [batches, count / batches] of the best of each batch. The weight of a sample
    that is impossible is 0; those of a batch sum to one if any is possible."""
    best = log_scores.view(batches, -1).topk(count // batches, dim=1)
    first = torch.arange(0, len(log_scores), len(log_scores) // batches, device=log_scores.device)
    possible = best.values.isfinite().float()
    return first[:, None] + best.indices, possible / possible.sum(dim=1, keepdim=True).clamp(min=1)


def tune(task: Task, rounds: int, encode_every_step: bool, generator: torch.Generator) -> None:
    """Alg. 1: draw, simulate and score, choose elites, make them likelier."""
    model = task.model
    optimizer = torch.optim.Adam(model.tuned(), lr=task.rate)
    for _ in range(rounds):
        with torch.no_grad():
            samples = model.sample(model.noise(task.samples, generator))
            elites, weights = choose_elites(task.log_score(samples), task.elites, task.batches)
            if not weights.any():
                continue  # nothing that is possible was drawn
            drawn = [samples[batch] for batch in elites]
            prepared = [] if encode_every_step else [model.prepare(batch) for batch in drawn]
        for step in range(task.steps_per_round):
            batch = step % task.batches
            if encode_every_step:
                with torch.no_grad():
                    fitted = model.prepare(drawn[batch])
            else:
                fitted = prepared[batch]
            loss = -(weights[batch] * model.log_likelihood(fitted)).sum()  # Eq. 3
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()


def draw_and_judge(task: Task, generator: torch.Generator) -> dict[str, float]:
    with torch.no_grad():
        return task.judge(task.model.sample(task.model.noise(task.judged, generator)))


def now(device: torch.device) -> float:
    """Seconds, once all that was asked of the device is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def mean_of(judged: list[dict[str, float]]) -> dict[str, float]:
    return {key: statistics.fmean(each[key] for each in judged) for key in judged[0]}


def blas() -> str:
    """What multiplies matrices on the CPU: Debian's torch takes any library, and the plain one is far slower."""
    if torch.backends.mkl.is_available():
        return "mkl"
    maps = Path("/proc/self/maps")
    loaded = {Path(line.split()[-1]) for line in maps.read_text().splitlines()} if maps.exists() else set()
    # With the folder: builds for OpenMP and for threads have the same name.
    return ", ".join(sorted("/".join(path.parts[-2:]) for path in loaded if "blas" in path.name)) or "unknown"


def compile_parts(task: Task) -> None:
    if not hasattr(torch, "compile"):
        raise ValueError(f"--compile: wanted torch 2 or newer, got {torch.__version__}")
    # Shapes stay as they are in a round, but more or fewer samples are judged: those shall not make the graphs dynamic.
    # On a GPU "reduce-overhead" records what was compiled as a CUDA graph.
    options = {"dynamic": False, "mode": "reduce-overhead"}
    task.log_score = torch.compile(task.log_score, **options)
    for name in ("sample", "prepare", "log_likelihood"):
        setattr(task.model, name, torch.compile(getattr(task.model, name), **options))


def make_task(arguments: argparse.Namespace, device: torch.device) -> Task:
    shipped = {"shape": "planes", "completion": "boxes", "reach": "panda"}
    prior = arguments.prior or PRIORS / f"{shipped[arguments.task]}.safetensors"
    if arguments.task == "shape":
        return shape_task(prior, arguments.contacts, device)
    if arguments.task == "completion":
        return completion_task(prior, device)
    return reach_task(prior, arguments.scene, device)


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.json is not None and not arguments.json.resolve().parent.is_dir():
        raise ValueError(f"{arguments.json}: wanted a path in a folder that is there")
    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    if arguments.device == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device cuda: wanted a GPU, found none")
    device = torch.device(arguments.device)
    task = make_task(arguments, device)
    rounds = task.rounds if arguments.rounds is None else arguments.rounds
    task.judged = arguments.judged or task.judged
    encode_every_step = getattr(arguments, "encode", "once") == "every-step"
    if arguments.compile:
        compile_parts(task)

    generator = torch.Generator(device)
    tune(task, 1, encode_every_step, generator.manual_seed(arguments.seed))  # a warm-up round
    seconds, before, after = [], [], []
    for repeat in range(arguments.repeats):
        task.model.reset()
        generator.manual_seed(arguments.seed + repeat)
        before.append(draw_and_judge(task, generator))
        begin = now(device)
        tune(task, rounds, encode_every_step, generator)
        seconds.append(now(device) - begin)
        after.append(draw_and_judge(task, generator))
        print(f"repeat {repeat + 1} of {arguments.repeats}: {seconds[-1]:.2f} s, score {before[-1]['score']:.3f} -> "
              f"{after[-1]['score']:.3f}", file=sys.stderr)
    return {
        "task": arguments.task,
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "blas": blas(),
        "threads": torch.get_num_threads(),
        "seed": arguments.seed,
        "encode": getattr(arguments, "encode", None),
        "compile": arguments.compile,
        "samples": task.samples,
        "elites": task.elites,
        "rounds": rounds,
        "steps": rounds * task.steps_per_round,
        "seconds": {"median": statistics.median(seconds), "repeats": seconds},
        "prior": {"n": task.judged, **mean_of(before)},
        "tuned": {"n": task.judged, **mean_of(after), "repeats": after},
    }


def print_result(result: dict[str, Any]) -> None:
    print(f"{result['task']}: torch {result['torch']}, {result['device']}, {result['threads']} threads; "
          f"{result['samples']} samples a round, {result['elites']} elites, {result['rounds']} rounds, "
          f"{result['steps']} steps")
    print(f"blas: {result['blas']}")
    print(f"{'':15}{'prior':>10}{'tuned':>12}")
    for key, value in result["prior"].items():
        if key != "n":
            print(f"{key:15}{value:10.4f}{result['tuned'][key]:12.4f}")
    each = ", ".join(f"{s:.3f}" for s in result["seconds"]["repeats"])
    print(f"seconds: median {result['seconds']['median']:.3f} of {each}")


def at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"wanted a number of at least 1, got {text}")
    return int(text)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, with exit status 1, as the library's programs do."""

    def error(self, message: str) -> None:
        self.exit(1, f"{self.prog}: {message}\n")


def parse_arguments() -> argparse.Namespace:
    common = Parser(add_help=False)
    common.add_argument("--prior", type=Path, help="a trained prior (default: the repository's)")
    common.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    common.add_argument("--threads", type=at_least_one, help="of the CPU (default: PyTorch's)")
    common.add_argument("--seed", type=int, default=0, help="of the first repeat; each further one has the next")
    common.add_argument("--repeats", type=at_least_one, default=3)
    common.add_argument("--rounds", type=at_least_one, help="default: the paper's")
    common.add_argument("--judged", type=at_least_one, help="samples that are looked at (default: 49; reach: 1000)")
    common.add_argument("--compile", action="store_true", help="use torch.compile (torch 2 or newer)")
    common.add_argument("--json", type=Path, help="where to write the results")
    vae = Parser(add_help=False)
    vae.add_argument("--encode", choices=("once", "every-step"), default="once",
                     help="the elites: once a round, or naively in every gradient step")

    parser = Parser(description=__doc__)
    tasks = parser.add_subparsers(dest="task", required=True)
    shape = tasks.add_parser("shape", parents=[common, vae], help="shapes from contacts (4.1, App. A)")
    shape.add_argument("--contacts", type=Path, required=True, help="the contacts.csv that grasp_shapes --out writes")
    tasks.add_parser("completion", parents=[common, vae], help="box completion (App. C), of the shipped observation")
    reach = tasks.add_parser("reach", parents=[common], help="reaching around obstacles with the Panda (4.2, App. B)")
    reach.add_argument("--scene", choices=tuple(GOALS), default="cwall")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    try:
        result = run(arguments)
        print_result(result)
        if arguments.json is not None:
            arguments.json.write_text(json.dumps(result, indent=2) + "\n")
    except (OSError, ValueError) as error:
        print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
