#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds and tests the library, in folders of its own, build/ci-*.
# Usage: scripts/test.sh [--all]
#   (none)  the quick suites and the examples' own checks, -O1
#   --all   what CI runs: also the format, each source alone with three compilers, a few suites unoptimized, clang with
#           the sanitizers and the fuzzers, threads, headers, wrong use, the package, nvcc
# What takes longer than that runs in scripts/ci_long.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=$(nproc)

# step <text>: what comes next, and how long the run has taken so far.
step() { printf '\n== %s (%d min %02d s)\n' "$1" $((SECONDS / 60)) $((SECONDS % 60)); }

# compile <folder> [<target>...]
compile() { cmake --build "$1" --parallel "$jobs" ${2:+--target "${@:2}"}; }

# check_syntax <compiler> [<target>...]: each source alone
check_syntax() {
  step "$1: each source alone"
  cmake --preset syntax -B "build/ci-syntax-$1" -DCMAKE_CXX_COMPILER="$1"
  compile "build/ci-syntax-$1" "${@:2}"
}

# build <name> "<preset and options of cmake>" [<target>...]: a folder's tests compiled together, eight files at a time, which
# takes half as long. They may have names in common: then each is compiled by itself.
build() {
  local options
  read -ra options <<< "$2"
  step "$1: build"
  cmake --preset "${options[@]}" -B "build/ci-$1" -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=8
  compile "build/ci-$1" "${@:3}" && return
  step "$1: build, this time each file by itself"
  cmake --preset "${options[@]}" -B "build/ci-$1" -DCMAKE_UNITY_BUILD=OFF
  compile "build/ci-$1" "${@:3}"
}

# run_tests <preset> <argument of ctest>... (ctest's own preset would look in the folder that people use by hand)
run_tests() {
  step "$1: test"
  ctest --test-dir "build/ci-$1" --output-on-failure --no-tests=error --timeout 600 --parallel "$jobs" "${@:2}"
}

# What is run. The benchmarks that are tests too, and -O2 and -O3, which take GCC half as long again, are scripts/ci_long.sh's.
run=(tests/all examples/all)
release='release -DCMAKE_CXX_FLAGS_RELEASE=-O1'
others='^benchmark\.'

case ${1:-} in '' | --all) ;; *) echo "test: wanted --all or nothing, got $1" >&2 && exit 2 ;; esac
if [ "${1:-}" != --all ]; then
  scripts/bootstrap.sh
  build release "$release" "${run[@]}"
  run_tests release --label-regex 'quick|example' --exclude-regex "$others"
  exit
fi

scripts/bootstrap.sh --all
step format
scripts/check_format.sh
check_syntax g++ all header_self_containment
check_syntax clang++-16 all
build syntax-clang++-19 'syntax -DCMAKE_CXX_COMPILER=clang++-19' tests/all two_units
build debug debug test_core test_io test_select
run_tests debug --tests-regex '^(core|io|select)\.'
build release "$release" "${run[@]}"
build clang clang
run_tests clang --label-regex 'quick|fuzz'
# Threads begin in one place, the pool; these suites run it alone, and everything that is parallel on it.
build tsan tsan test_backend test_cloud test_tune
run_tests tsan --tests-regex '^(backend|cloud|tune)\.'
# Last, because it is the whole list: its summary closes the run. That each header compiles alone was seen above.
run_tests release --exclude-regex "$others|^headers\.self_containment$"
