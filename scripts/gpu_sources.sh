#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints the SHA-256 and the path of each source that a run on a GPU stands for: all headers, and what the tests and
# benchmarks of the CUDA backend are made of.
set -euo pipefail
cd "$(dirname "$0")/.."
find include tests/cuda tests/support benchmarks/cuda examples/ladder/04_gpu.cpp -type f | LC_ALL=C sort | xargs sha256sum
