#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints the SHA-256 and the path of each source that a run on a GPU stands for: all headers, what the tests and
# benchmarks of the CUDA backend are made of, and the flags that they are compiled with.
set -euo pipefail
cd "$(dirname "$0")/.."
find include tests/cuda tests/support tests/main.cpp tests/headers.cmake benchmarks/cuda examples/common \
  examples/shapes examples/conditional_vae examples/ladder/04_gpu.cpp \
  CMakeLists.txt cmake/developer.cmake -type f | LC_ALL=C sort | xargs sha256sum
