#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds and tests the library.
# Usage: scripts/test.sh [--all]
#   (none)  the quick suites and the examples' own checks, plain -O3
#   --all   what CI runs: also the format, clang with the sanitizers and the fuzzers, threads, headers, wrong use, the package, nvcc
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=$(nproc)

# step <text>: what comes next, and how long the run has taken so far.
step() { printf '\n== %s (%d min %02d s)\n' "$1" $((SECONDS / 60)) $((SECONDS % 60)); }

# build <preset> [<target>...]: a folder's tests compiled together, eight files at a time, which takes half as long
build() {
  step "$1: build"
  cmake --preset "$1" -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=8
  cmake --build --preset "$1" --parallel "$jobs" ${2:+--target "${@:2}"}
}

# run_tests <preset> <argument of ctest>...
run_tests() {
  step "$1: test"
  ctest --preset "$1" --parallel "$jobs" "${@:2}"
}

if [ "${1:-}" != --all ]; then
  scripts/bootstrap.sh
  build release
  run_tests release --label-regex 'quick|example'
  exit
fi

scripts/bootstrap.sh --all
step format
scripts/check_format.sh
build release
build clang
run_tests clang
# Threads begin in one place, the pool; these suites run it alone, and everything that is parallel on it.
build tsan test_backend test_geometry test_simulate test_tune
run_tests tsan --tests-regex '^(backend|geometry|simulate|tune)\.'
# Last, because it is the whole list: its summary closes the run.
run_tests release
