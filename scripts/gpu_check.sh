#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the CUDA backend, runs its tests on this machine's GPU, plain and (without the whole tasks) under each tool of
# compute-sanitizer, and times the paper's tasks and their kernels. Results as JSON: what ran, how it ended, how long it took.
# Usage: scripts/gpu_check.sh [FOLDER]   results to FOLDER (default: benchmarks/results)
#        scripts/gpu_check.sh --prefetch brings what the build needs and a machine without a network lacks into .vendor/
set -uo pipefail
results=${1:+$(realpath -m -- "$1")}
cd "$(dirname "$0")/.."
vendor=$PWD/.vendor build=${MACE_GPU_BUILD:-build/gpu}

if [ "${1:-}" = --prefetch ]; then
  set -e
  mkdir -p "$vendor/packages"
  (cd "$vendor/packages" && apt-get download -q doctest-dev nlohmann-json3-dev libeigen3-dev libnanoflann-dev)
  for package in "$vendor"/packages/*.deb; do dpkg -x "$package" "$vendor"; done
  rm -r "$vendor/packages"
  exit
fi

case ${1:-} in -*) echo "gpu_check: wanted --prefetch or a folder, got $1" >&2 && exit 2 ;; esac

results=${results:-$PWD/benchmarks/results}
device=$(nvidia-smi --query-gpu=name --format=csv,noheader 2> /dev/null | head -1)
if [ -z "$device" ]; then
  echo "gpu_check: wanted a GPU and its driver, nvidia-smi named none" >&2
  exit 1
fi
mkdir -p "$results"
architecture=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -1 | tr -cd 0-9)
clocks=$(nvidia-smi --query-gpu=clocks.sm,clocks.mem,clocks.max.sm --format=csv,noheader | head -1)

steps='' failed=0
# step NAME SECONDS COMMAND...: runs a command for at most so long and notes how it ended.
step() {
  local name=$1 limit=$2 begun=$SECONDS status
  shift 2
  echo "== $name"
  timeout "$limit" "$@"
  status=$?
  [ $status -eq 0 ] || { failed=1 && echo "== $name: exit status $status"; }
  steps+="${steps:+, }{\"step\": \"$name\", \"status\": $status, \"seconds\": $((SECONDS - begun))}"
}

step configure 30 cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DMACE_CUDA=ON \
  -DCMAKE_CUDA_ARCHITECTURES="${architecture:-90}" -DMACE_INSTALL=OFF -DCMAKE_PREFIX_PATH="$vendor/usr"
step build 200 cmake --build "$build" --target test_cuda 04_gpu tunings kernels
step tests 40 "$build/tests/test_cuda"
step example 30 "$build/examples/ladder/04_gpu"
for tool in memcheck racecheck initcheck synccheck; do
  step $tool 45 compute-sanitizer --tool $tool --error-exitcode 9 "$build/tests/test_cuda" --test-suite-exclude='whole tasks'
done
step kernels 30 "$build/benchmarks/kernels" "$results/kernels.json"
step tunings 90 "$build/benchmarks/tunings" 50 "$results/tunings.json"

printf '{"device": "%s", "clocks_sm_mem_max": "%s", "steps": [%s]}\n' "$device" "$clocks" "$steps" > "$results/gpu_check.json"
cat "$results/gpu_check.json"
exit $failed
