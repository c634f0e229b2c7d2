# SPDX-License-Identifier: Apache-2.0
"""CD_5, both ways, of boxes' clouds against one (include/mace/cloud/chamfer.hpp, benchmarks/speed/micro/chamfer.cpp), by
scipy's k-d tree and by PyTorch, each on one thread. Results are JSON; a peer that is not installed is null there."""

import argparse
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Callable

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # they are read at import
    os.environ[variable] = "1"

POINTS, FIXED_POINTS, NEIGHBORS = 2048, 1024, 5
CHECKED, TOLERANCE = 4, 1e-4  # so many clouds are compared with brute force; relative


def module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


numpy, torch, spatial = module("numpy"), module("torch"), module("scipy.spatial")


def draw_box(random: Any, points: int) -> Any:
    """Uniform in area on the faces of a random box on z = 0 (examples/shapes/box.hpp): [points, 3]."""
    edges, yaw = random.uniform(0.2, 1.0, 3), random.uniform(-numpy.pi, numpy.pi)
    areas = edges.prod() / edges
    across = random.choice(3, points, p=areas / areas.sum())
    p = random.uniform(-0.5, 0.5, (points, 3))
    rows = numpy.arange(points)
    p[rows, across] = numpy.where(p[rows, across] < 0, -0.5, 0.5)
    p = (p + [0, 0, 0.5]) * edges
    turn = numpy.array([[numpy.cos(yaw), -numpy.sin(yaw), 0], [numpy.sin(yaw), numpy.cos(yaw), 0], [0, 0, 1]])
    return numpy.ascontiguousarray(p @ turn.T, dtype=numpy.float32)


def brute_force(a: Any, b: Any) -> float:
    """The definition, in double."""
    squared = numpy.square(a.astype(float)[:, None] - b.astype(float)).sum(axis=2)
    return float(sum(numpy.sort(d, axis=1)[:, :NEIGHBORS].mean(axis=1).sum() for d in (squared, squared.T)))


def by_tree(clouds: list[Any], fixed: Any) -> list[float]:
    """The fixed cloud is indexed once, each other on its way."""
    tree_of_fixed = spatial.cKDTree(fixed)

    def directed(tree: Any, points: Any) -> float:
        return numpy.square(tree.query(points, NEIGHBORS)[0]).mean(axis=1).sum()

    return [directed(tree_of_fixed, cloud) + directed(spatial.cKDTree(cloud), fixed) for cloud in clouds]


def by_torch(clouds: list[Any], fixed: Any) -> list[float]:
    """All distances of a pair of clouds at once; more pairs at once took longer."""
    of_fixed = torch.from_numpy(fixed)

    def directed(distance: Any) -> Any:
        return distance.topk(NEIGHBORS, dim=1, largest=False, sorted=False).values.square().mean(dim=1).sum()

    def both(cloud: Any) -> float:
        distance = torch.cdist(torch.from_numpy(cloud), of_fixed)
        return (directed(distance) + directed(distance.T.contiguous())).item()

    return [both(cloud) for cloud in clouds]


def measure(chamfer: Callable[[list[Any], Any], list[float]], clouds: list[Any], fixed: Any, repeats: int) -> Any:
    """Seconds of the processor for all clouds, each time; and the largest relative difference from brute force."""
    chamfer(clouds[:1], fixed)
    seconds = []
    for _ in range(repeats):
        begin = time.process_time()
        sums = chamfer(clouds, fixed)
        seconds.append(time.process_time() - begin)
    exact = [brute_force(cloud, fixed) for cloud in clouds[:CHECKED]]
    error = max(abs(found - wanted) / wanted for found, wanted in zip(sums, exact))
    if not error < TOLERANCE:
        raise ValueError(f"{chamfer.__name__}: wanted sums within {TOLERANCE:g} of brute force, got {error:g}")
    return {"seconds": seconds, "error": error}


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    result: dict[str, Any] = {"clouds": arguments.clouds, "scipy": None, "torch": None}
    if numpy is None:
        return result
    random = numpy.random.default_rng(arguments.seed)
    fixed = draw_box(random, FIXED_POINTS)
    clouds = [draw_box(random, POINTS) for _ in range(arguments.clouds)]
    if spatial is not None:
        version = module("scipy").__version__
        result["scipy"] = {"version": version, **measure(by_tree, clouds, fixed, arguments.repeats)}
    if torch is not None:
        torch.set_num_threads(1)
        result["torch"] = {"version": torch.__version__, **measure(by_torch, clouds, fixed, arguments.repeats)}
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clouds", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="where to write the results (default: they are printed)")
    arguments = parser.parse_args()
    try:
        text = json.dumps(run(arguments), indent=2)
        print(text) if arguments.json is None else arguments.json.write_text(text + "\n")
    except (OSError, ValueError) as error:
        print(f"chamfer.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
