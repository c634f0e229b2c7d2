#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the CUDA backend, runs its tests on this machine's GPU, plain and (without the whole tasks) under each tool of
# compute-sanitizer, and times the paper's tasks and their kernels. FOLDER/gpu_receipt.json tells of which sources, on what
# device, how each step and each test case ended, and the times; it is written anew after each step, so that a run that is
# cut off leaves what it came to. It takes at most MACE_GPU_SECONDS, by default 400, which is meant for a machine of 16 cores; most of
# it goes to the compiler.
# Usage: scripts/gpu_check.sh [FOLDER]   the receipt to FOLDER (default: benchmarks/results)
#        scripts/gpu_check.sh --prefetch for a machine with a GPU and without internet: run here, where there is internet and the checkout, it
#                                        brings into .vendor/ what the build needs and the name of the commit; then copy the folder there
set -uo pipefail
results=${1:+$(realpath -m -- "$1")}
cd "$(dirname "$0")/.."
vendor=$PWD/.vendor build=${MACE_GPU_BUILD:-build/ci-gpu} budget=${MACE_GPU_SECONDS:-400}

# The commit, with a + where the working tree differs from it.
commit() { echo "$(git rev-parse HEAD)$(git diff --quiet HEAD || echo +)"; }

if [ "${1:-}" = --prefetch ]; then
  set -e
  mkdir -p "$vendor/packages"
  (cd "$vendor/packages" && apt-get download -q doctest-dev nlohmann-json3-dev libeigen3-dev libnanoflann-dev)
  for package in "$vendor"/packages/*.deb; do dpkg -x "$package" "$vendor"; done
  rm -r "$vendor/packages"
  commit > "$vendor/commit"
  exit
fi

[[ $budget =~ ^[1-9][0-9]{0,5}$ ]] || { echo "gpu_check: wanted a number of seconds in MACE_GPU_SECONDS, got $budget" >&2 && exit 2; }
case ${1:-} in -*) echo "gpu_check: wanted --prefetch or a folder, got $1" >&2 && exit 2 ;; esac

results=${results:-$PWD/benchmarks/results}
device=$(nvidia-smi --query-gpu=name --format=csv,noheader 2> /dev/null | head -1 | tr -d '"\\<>')
if [ -z "$device" ]; then
  echo "gpu_check: wanted a GPU and its driver, nvidia-smi named none" >&2
  exit 1
fi
about() { nvidia-smi --query-gpu="$1" --format=csv,noheader | head -1 | tr -d '"\\<>'; }
{ mkdir -p "$results" && [ -w "$results" ]; } || { echo "gpu_check: wanted a folder to write to, got $results" >&2 && exit 2; }
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
architecture=$(about compute_cap | tr -cd 0-9)
{
  echo "  \"commit\": \"$(commit 2> /dev/null | grep . || cat "$vendor/commit" 2> /dev/null || echo unknown)\","
  echo "  \"date\": \"$(date -u +%F)\","
  echo "  \"device\": \"$device\","
  echo "  \"driver\": \"$(about driver_version)\","
  echo "  \"toolkit\": \"$(nvcc --version | sed -n 's/.*release \([0-9.]*\).*/\1/p')\","
  echo "  \"clocks_sm_mem_max\": \"$(about clocks.sm,clocks.mem,clocks.max.sm)\","
} > "$logs/about"
scripts/gpu_sources.sh | sed 's/^\([0-9a-f]*\)  \(.*\)/    "\2": "\1"/' > "$logs/sources"

# commas FILE: its lines with a comma behind each but the last.
commas() { sed '$!s/$/,/' "$1"; }

# How each test case ended, of doctest's reports for JUnit: a case that failed has something inside; one that was skipped has
# said so by itself, with its name last.
outcomes() {
  cat "$logs"/*.xml 2> /dev/null |
    sed -nE 's/^ *<testcase .* name="([^"]*)" .*status="run"(\/?)>.*/    "\1": \2/p' | sed 's/: \/$/: "passed"/; s/: $/: "failed"/' |
    sed "s/&apos;/'/g; s/&quot;/'/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g" | LC_ALL=C sort -u |
    awk 'FNR == NR { skipped[$0]; next }
         { name = $0; sub(/^    "/, "", name); sub(/": "passed"$/, "", name); if (name in skipped) sub(/"passed"$/, "\"skipped\""); print }' \
      <(cat "$logs"/*.out 2> /dev/null | sed -n 's/^skipped: .*; in "\(.*\)"$/\1/p'; echo '(nothing)') -
}

write_receipt() {
  outcomes > "$logs/tests"
  {
    echo '{'
    cat "$logs/about"
    printf '  "steps": {\n%s\n  },\n' "$(commas "$logs/steps")"
    printf '  "tests": {\n%s\n  },\n' "$(commas "$logs/tests")"
    for timed in kernels tunings; do [ -s "$logs/$timed.json" ] && printf '  "%s": %s,\n' $timed "$(cat "$logs/$timed.json")"; done
    printf '  "sources": {\n%s\n  }\n}\n' "$(commas "$logs/sources")"
  } > "$results/gpu_receipt.json.new"
  mv "$results/gpu_receipt.json.new" "$results/gpu_receipt.json"
}

failed=0
# note NAME STATUS SECONDS: 77 says that a case was skipped, for want of a second device say, and none failed.
note() {
  local status=$2
  [ "$status" -ne 77 ] || status=0
  [ "$status" -eq 0 ] || { failed=1 && echo "== $1: exit status $status"; }
  echo "    \"$1\": {\"status\": $status, \"seconds\": $3}" >> "$logs/steps"
  write_receipt
}
# within SECONDS COMMAND...: for at most so long, and no longer than there is time in all
within() {
  local left=$((budget - SECONDS)) limit=$1
  [ $left -gt 0 ] || return 124
  timeout $((left < limit ? left : limit)) "${@:2}"
}
# step NAME SECONDS COMMAND...
step() {
  local begun=$SECONDS
  echo "== $1"
  within "${@:2}"
  note "$1" $? $((SECONDS - begun))
}
tests() { # FILE OF THE REPORT, FILTER...
  "$build/tests/test_cuda" --reporters=junit --out="$logs/$1.xml" "${@:2}" > "$logs/$1.out"
  local status=$?
  cat "$logs/$1.out"
  grep -B1 -A9 '<failure' "$logs/$1.xml" 2> /dev/null
  grep -qs '<testcase' "$logs/$1.xml" || return 1 # none ran, whatever the status says
  return $status
}
export -f tests
export build logs

step configure 30 cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DMACE_CUDA=ON -DMACE_BUILD_TESTS=ON \
  -DMACE_BUILD_EXAMPLES=ON -DMACE_BUILD_BENCHMARKS=ON -DCMAKE_CUDA_ARCHITECTURES="${architecture:-90}" -DMACE_INSTALL=OFF \
  -DCMAKE_PREFIX_PATH="$vendor/usr"
step build_tests "$budget" cmake --build "$build" --target test_cuda
step smoke 20 bash -c "tests smoke --test-case=\"normals are the host's\""
step parity 40 bash -c 'tests parity --source-file="*parity*"'
step build_rest "$budget" cmake --build "$build" --target 04_gpu tunings kernels
step tests 60 bash -c 'tests rest --source-file-exclude="*parity*"'
step example 20 "$build/examples/ladder/04_gpu"

echo "== compute-sanitizer" # all tools at once, each with its own share of the device
begun=$SECONDS
for tool in memcheck racecheck initcheck synccheck; do
  (
    within 100 compute-sanitizer --tool $tool --error-exitcode 9 "$build/tests/test_cuda" --test-suite-exclude='whole tasks' \
      > "$logs/$tool" 2>&1
    status=$?
    grep -q 'test cases: *[1-9]' "$logs/$tool" || status=1 # none ran, whatever the status says
    echo "$status $((SECONDS - begun))" > "$logs/$tool.status"
  ) &
done
wait
for tool in memcheck racecheck initcheck synccheck; do
  status=1 seconds=0
  [ ! -s "$logs/$tool.status" ] || read -r status seconds < "$logs/$tool.status"
  [ "$status" -eq 0 ] || tail -n 40 "$logs/$tool"
  note $tool "$status" "$seconds"
done

step kernels 40 "$build/benchmarks/kernels" "$logs/kernels.json"
step tunings 100 "$build/benchmarks/tunings" 50 "$logs/tunings.json"
cat "$results/gpu_receipt.json"
exit $failed
