#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh clone to the first picture: installs what is missing, builds the examples, completes a cut cloud of boxes.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/bootstrap.sh
echo "demo: building the examples"
cmake --preset release -B build/demo -DMACE_BUILD_TESTS=OFF -DMACE_BUILD_BENCHMARKS=OFF -DMACE_CUDA=OFF
cmake --build build/demo --parallel "$(nproc)"

out=out/complete_boxes
mkdir -p "$out"
echo "demo: running complete_boxes"
build/demo/examples/complete_boxes --out "$out" --json "$out/report.json"
echo "demo: the report is $out/report.json, the picture:"
find "$out" -name '*.png' | sort
