#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What takes too long for scripts/test.sh --all: the presets as people build them by hand, with every test; the checks
# of UndefinedBehaviorSanitizer that preset `clang` leaves out; clang-tidy over all headers; all suites under ThreadSanitizer; the tests on a device made of
# the host, whole tasks too, in other orders, and what they tell of a library that is broken on purpose; CUDA for each
# generation of GPUs; and each parser under its fuzzer for minutes.
# benchmarks/results/ci_long.json tells of which commit and when, and how each step ended and how long it took; it is
# written anew after each step. A run that was cut off goes on where it was: steps that the file says have passed, of this very
# commit, are not run again. Delete the file for a run from the beginning.
# Usage: scripts/ci_long.sh [SECONDS]   how long each parser is fuzzed (default: 300)
set -uo pipefail
cd "$(dirname "$0")/.."
fuzzed=${1:-300}
[[ $fuzzed =~ ^[1-9][0-9]{0,5}$ ]] || { echo "ci_long: wanted a number of seconds, got $fuzzed" >&2; exit 2; }
scripts/bootstrap.sh --all || exit 1
jobs=$(nproc) results=benchmarks/results/ci_long.json
# A + where the working tree differs from the commit, of which a run is never taken up again.
commit=$(git rev-parse HEAD)$(git diff --quiet HEAD -- ":!$results" || echo +)

steps='' failed=0 before=''
if [ -f $results ] && [[ $commit != *+ ]] && grep -qF "\"commit\": \"$commit\"" $results; then before=$(< $results); fi
# step NAME COMMAND...: runs a command and notes how it ended.
step() {
  local name=$1 begun=$SECONDS status line
  shift
  echo "== $name"
  line=$(grep -F "    \"$name\": {\"status\": 0," <<< "$before")
  if [ -n "$line" ]; then
    line=${line%,}
    echo "has passed before"
  else
    "$@"
    status=$?
    [ $status -eq 0 ] || { failed=1 && echo "== $name: exit status $status"; }
    line="    \"$name\": {\"status\": $status, \"seconds\": $((SECONDS - begun))}"
  fi
  steps+="${steps:+,}"$'\n'"$line"
  printf '{\n  "commit": "%s",\n  "date": "%s",\n  "cores": %d,\n  "fuzzed_seconds": %d,\n  "steps": {%s\n  }\n}\n' \
    "$commit" "$(date -u +%F)" "$jobs" "$fuzzed" "$steps" > $results.new
  mv $results.new $results
}

# build FOLDER PRESET [OPTION-OF-CMAKE...]
build() { cmake --preset "$2" -B "$1" "${@:3}" && cmake --build "$1" --parallel "$jobs"; }

for preset in release debug; do
  step $preset build build/$preset $preset
  step ${preset}_tests ctest --preset $preset --parallel "$jobs"
done

step sanitizers build build/long-clang clang '-DCMAKE_CXX_FLAGS_RELEASE=-O1 -g1 -fno-omit-frame-pointer'
step sanitizers_tests ctest --test-dir build/long-clang --output-on-failure --no-tests=error --label-regex quick \
  --parallel "$jobs"

step clang_tidy clang-tidy-16 --quiet -p build/long-clang build/long-clang/tests/generated/first_unit.cpp

step threads build build/long-tsan tsan
step threads_tests ctest --test-dir build/long-tsan --output-on-failure --no-tests=error --label-regex quick --parallel "$jobs"

for order in late/forward early/reverse 1/2 3/4 5/6; do
  for program in test_device device_model device_simulate device_train device_tune device_posterior device_conditional_vae; do
    step "${program}_${order%/*}" env MACE_DEVICE_SCHEDULE="${order%/*}" MACE_DEVICE_THREADS="${order#*/}" \
      build/release/tests/host_device/$program
  done
done

step checker_build cmake --build build/release --parallel "$jobs" --target test_device_checked_all
step checker build/release/tests/host_device/test_device_checked_all '--test-suite-exclude=whole tasks'
step mutants scripts/mutate_device.py

# For each generation of GPUs from Ampere to Blackwell; a warning, of a spilled register too, is an error.
nvcc_for_all() {
  cmake --preset cuda -B build/long-nvcc '-DCMAKE_CUDA_ARCHITECTURES=80;90;100;120' &&
    cmake --build build/long-nvcc --parallel "$jobs" --target nvcc_headers nvcc_stages test_cuda tunings kernels 04_gpu
}

# The programs of the paper's tasks, with --device cuda.
nvcc_for_programs() {
  cmake --preset cuda -B build/long-programs && cmake --build build/long-programs --parallel "$jobs" --target examples/all
}
if command -v nvcc > /dev/null; then
  step nvcc nvcc_for_all
  step nvcc_programs nvcc_for_programs
fi

for fuzzer in build/long-clang/tests/fuzz/fuzz_*; do
  parser=${fuzzer##*_}
  seeds=(build/long-clang/tests/fuzz/"$parser") # what is found goes to the first folder
  [ ! -d tests/corpus/"$parser" ] || seeds+=(tests/corpus/"$parser")
  step fuzz_"$parser" "$fuzzer" -max_total_time="$fuzzed" -timeout=10 -print_final_stats=1 "${seeds[@]}"
done
exit $failed
