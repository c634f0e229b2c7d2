#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh clone to the first pictures: installs what is missing, builds the examples, runs the three tasks.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/bootstrap.sh
echo "demo: building the examples"
cmake --preset release -B build/demo -DMACE_BUILD_TESTS=OFF -DMACE_BUILD_BENCHMARKS=OFF -DMACE_CUDA=OFF
cmake --build build/demo --parallel "$(nproc)"

tasks=(complete_boxes grasp_shapes reach_obstacles)
for task in "${tasks[@]}"; do
  echo "demo: running $task"
  mkdir -p "out/$task"
  "build/demo/examples/$task" --out "out/$task" --json "out/$task/report.json"
done
echo "demo: a picture and the results of each run, and, where its page was built, a report to open in a browser:"
for task in "${tasks[@]}"; do
  ls "out/$task/$task.png" "out/$task/report.json"
done
for task in "${tasks[@]}"; do
  if [ -e build/demo/examples/report/report.html ]; then ls "out/$task/report.html"; fi
done
