#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The logic of scripts/gpu_check.sh, with stubs for what needs a GPU: it runs every step, goes on after one that fails, and says
# so in the end.
# Usage: gpu_check.sh SCRIPT
set -uo pipefail
script=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir -p bin build/tests build/examples/ladder build/benchmarks results
stub() { # PATH COMMANDS: notes its call
  printf '#!/bin/sh\necho "%s $*" >> %s/calls\n%s\n' "${1##*/}" "$work" "$2" > "$1"
  chmod +x "$1"
}
stub bin/cmake ''
stub bin/nvidia-smi 'case "$1" in *compute_cap) echo 8.7 ;; *) echo "A GPU" ;; esac'
stub bin/compute-sanitizer 'case "$2" in racecheck) exit 9 ;; esac'
stub build/tests/test_cuda ''
stub build/examples/ladder/04_gpu ''
stub build/benchmarks/tunings 'echo "{}" > "$2"'
stub build/benchmarks/kernels 'echo "{}" > "$1"'
export PATH=$work/bin:$PATH MACE_GPU_BUILD=$work/build

failures=0
expect() { # WHAT CONDITION...
  "${@:2}" || { echo "FAILED: $1: $(cat out calls)" && failures=$((failures + 1)); }
}
"$script" results > out 2>&1
status=$?
expect 'a tool that finds something fails the run' [ $status -eq 1 ]
expect 'the tests run' grep -q '^test_cuda' calls
expect 'the example runs' grep -q '^04_gpu' calls
for tool in memcheck racecheck initcheck synccheck; do expect "$tool runs" grep -q "compute-sanitizer --tool $tool" calls; done
expect 'what comes after a failure runs' grep -q '^tunings 50 .*results/tunings.json' calls
expect 'the kernels are timed' grep -q '^kernels .*results/kernels.json' calls
expect 'it is built for the card that is there' grep -q 'CUDA_ARCHITECTURES=87 ' calls
expect 'the results name the device' grep -q '"device": "A GPU"' results/gpu_check.json
expect 'the results tell which step failed' grep -q '"step": "racecheck", "status": 9' results/gpu_check.json
expect 'the others passed' grep -q '"step": "synccheck", "status": 0' results/gpu_check.json
stub bin/compute-sanitizer ''
"$script" results > out 2>&1
expect 'a run without a failure passes' [ $? -eq 0 ]
stub bin/nvidia-smi 'exit 9'
"$script" results > out 2>&1
expect 'without a GPU it refuses' [ $? -eq 1 ]
expect 'and says why' grep -q 'wanted a GPU and its driver' out
"$script" --help > out 2>&1
expect 'a flag that it does not know is no folder' [ $? -eq 2 ]
expect 'and it says what it wanted' grep -q 'wanted --prefetch or a folder, got --help' out
[ $failures -eq 0 ] && echo passed
exit $failures
