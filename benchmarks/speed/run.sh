#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures ours and the peers on this machine, in turns, and writes performance.md and performance.json once all is
# done. Leave the machine alone meanwhile: what else runs takes time from both, and not alike. It does not start where the
# load average of the last minute is above 0.3.
# Usage: benchmarks/speed/run.sh [--out FOLDER] [--repeats R] [--loaded] [--quick]
#   --out      where to (default: build/performance)
#   --repeats  how many turns, and repetitions of each micro-benchmark (default: 5)
#   --loaded   starts all the same; the page then says how busy the machine was
#   --quick    only tries the script, on any machine: two turns, a single round each, one thread
set -euo pipefail
from=$PWD
command="benchmarks/speed/run.sh${*:+ $*}"
cd "$(dirname "$0")/../.."

fail() {
  echo "run.sh: $1" >&2
  exit 1
}

out=$PWD/build/performance repeats='' loaded='' quick=''
while [ $# -gt 0 ]; do
  case $1 in
    --out)
      folder=${2:?--out wants a folder} && shift 2
      out=$(cd "$from" && realpath -m -- "$folder")
      ;;
    --repeats) repeats=${2:?--repeats wants a number} && shift 2 ;;
    --loaded) loaded=1 && shift ;;
    --quick) quick=1 && shift ;;
    *) fail "wanted --out, --repeats, --loaded or --quick, got $1" ;;
  esac
done
if [ -z "$repeats" ]; then repeats=$([ -n "$quick" ] && echo 2 || echo 5); fi
threads=$([ -n "$quick" ] && echo 1 || echo 2)
[[ $repeats =~ ^[1-9][0-9]*$ ]] || fail "--repeats wants a number of at least 1, got $repeats"

raw=$(mktemp -d)
trap 'rm -rf "$raw"' EXIT
programs=build/release/examples benchmarks=build/release/benchmarks
cat /proc/loadavg > "$raw/load_start"
load=$(cut -d ' ' -f 1 "$raw/load_start")
if [ -z "$loaded$quick" ] && awk "BEGIN { exit !($load > 0.3) }"; then
  fail "wanted a load average of at most 0.3, got $load; --loaded measures all the same and says so"
fi

# Builds what can be built with what is installed. A tree that is there stays configured as it is.
build() {
  local targets=() known target
  if [ -f build/release/CMakeCache.txt ]; then cmake --preset release; else cmake --preset release -DMACE_CUDA=OFF; fi
  known=$(cmake --build --preset release --target help)
  for target in complete_boxes grasp_shapes reach_obstacles dense chamfer arm autoregressive elements kdl_reach \
    paper_tables; do
    if grep -q "^$target: phony" <<< "$known"; then targets+=("$target"); fi
  done
  cmake --build --preset release --parallel "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}" --target "${targets[@]}"
}

# The Python that has PyTorch, if any does, and the OpenMP build of OpenBLAS, which it wants (peers/torch/README.md).
find_python() {
  local each openmp
  python=(python3) torch=''
  for each in $(type -ap python3); do
    if "$each" -c 'import torch' 2> /dev/null; then python=("$each") torch=1 && break; fi
  done
  openmp=$(compgen -G '/usr/lib/*/openblas-openmp' | head -n 1 || true)
  if [ -n "$openmp" ]; then python=(env "LD_LIBRARY_PATH=$openmp" "${python[@]}"); fi
}

# plan NAME COMMAND...: one measurement, to be run later; it writes its JSON to $raw/NAME.json. A program that was not
# built is left out, and the table says so.
names=() commands=()
plan() {
  local name=$1
  shift
  if command -v "$1" > /dev/null; then names+=("$name") commands+=("$(printf '%q ' "$@")"); fi
}

# lack NAME REASON: why there is no such measurement, where it is not for want of the program.
lack() { printf '%s\n' "$2" > "$raw/$1.lack"; }

# Tunings of one observation a task; a turn is a seed. With --quick a single round.
plan_ours() {
  local task=$1 turn=$2 flags
  case $task in
    # The cut of the shipped observation, as without flags.
    completion) flags=(complete_boxes --observation priors/observations/box.ply
                       --plane -0.255319148 0.959376156 0.120039366 0.0444107018 ${quick:+--steps 128}) ;;
    shape) flags=(grasp_shapes --preset paper --object "$raw/shape/object.ply" ${quick:+--steps 32}) ;;
    *) flags=(reach_obstacles --preset paper --scene "$task" ${quick:+--steps 4}) ;;
  esac
  plan "tasks.$task.ours.$turn" "$programs/${flags[0]}" "${flags[@]:1}" --seed "$turn" --threads "$threads" \
    --json "$raw/tasks.$task.ours.$turn.json"
}

plan_torch() {
  local task=$1 turn=$2 encode=$3 name=tasks.$1.torch-$3.$2 flags
  case $task in
    completion) flags=(completion --encode "$encode") ;;
    shape) flags=(shape --contacts "$raw/shape/contacts.csv" --encode "$encode") ;;
    *) flags=(reach --scene "$task") ;;
  esac
  if [ -z "$torch" ]; then return; fi
  plan "$name" "${python[@]}" benchmarks/speed/peers/torch/tune.py "${flags[@]}" --seed "$turn" --repeats 1 \
    --threads "$threads" ${quick:+--rounds 1 --judged 4} --json "$raw/$name.json"
}

plan_tasks() {
  local task turn
  # What is felt, for all turns.
  plan shape $programs/grasp_shapes --preset paper --seed 3 --steps 32 --out "$raw/shape" --json "$raw/shape.json"
  for task in completion shape cwall box; do
    for ((turn = 0; turn < repeats; ++turn)); do
      plan_ours $task $turn
      plan_torch $task $turn once
    done
  done
  # Encoding in every step is the naive way, and slow: of boxes once, and not to try the script.
  for ((turn = 0; turn < repeats; ++turn)); do plan_torch shape "$turn" every-step; done
  if [ -z "$quick" ]; then
    plan_torch completion 0 every-step
  else
    lack tasks.completion.torch-every-step 'not in a trial'
  fi
}

# plan_micro NAME PROGRAM FLAG...: with Google Benchmark.
plan_micro() {
  plan "$1" "$benchmarks/$2" "${@:3}" --benchmark_min_time="$([ -n "$quick" ] && echo 0.001 || echo 0.1)" \
    --benchmark_out="$raw/$1.json" --benchmark_out_format=json
}

plan_operations() {
  local program turn
  for program in dense chamfer arm autoregressive elements; do
    plan_micro "micro.$program" $program --benchmark_repetitions="$repeats" --benchmark_enable_random_interleaving=true
  done
  for ((turn = 0; turn < repeats; ++turn)); do
    plan_micro "chamfer.ours.$turn" chamfer --benchmark_filter='^ours/(avx512|avx2|portable)/'
    plan "chamfer.peers.$turn" "${python[@]}" benchmarks/speed/peers/chamfer.py --repeats 1 --seed "$turn" \
      --json "$raw/chamfer.peers.$turn.json"
  done
}

plan_kinematics() {
  local attempts=20 goals=100
  if [ -n "$quick" ]; then attempts=2 goals=2; fi
  plan ik.tables $benchmarks/paper_tables ik --goals 0 --runs 0 --threads "$threads" --attempts $attempts \
    --exact-goals $attempts --json "$raw/ik.tables.json"
  plan ik.restarts $benchmarks/kdl_reach --goals $goals --json "$raw/ik.restarts.json"
}

# How the seconds of a tuning grow: one thing at a time departs from the paper's numbers.
plan_growth() {
  local turn i flags=('--threads 2' '--threads 1')
  for i in 64 128 512 1024; do flags+=("--threads 2 --samples $i"); done
  for i in 0.125 0.5; do flags+=("--threads 2 --quantile $i"); done
  for i in 2000 8000; do flags+=("--threads 2 --steps $i"); done
  if [ -n "$quick" ]; then flags=('--threads 2 --steps 128' '--threads 1 --steps 128' '--threads 2 --steps 256'); fi
  for ((turn = 0; turn < repeats; ++turn)); do
    for i in "${!flags[@]}"; do
      # shellcheck disable=SC2086  # flags are words
      plan "growth.$i.$turn" $programs/complete_boxes ${flags[i]} --json "$raw/growth.$i.$turn.json"
    done
  done
}

# Runs what is planned. What fails is a row that says why.
failed=0
run() {
  local i
  for i in "${!names[@]}"; do
    printf 'run.sh: %d of %d: %s (%d min %02d s)\n' $((i + 1)) ${#names[@]} "${names[i]}" \
      $((SECONDS / 60)) $((SECONDS % 60))
    if ! eval "${commands[i]}" > "$raw/log" 2>&1; then
      failed=1
      lack "${names[i]}" "failed: $(tail -n 1 "$raw/log")"
      rm -f "$raw/${names[i]}.json"
      cat "$raw/${names[i]}.lack" >&2
    fi
  done
}

build
find_python
plan_tasks
plan_operations
plan_kinematics
plan_growth
run
cat /proc/loadavg > "$raw/load_end"
mkdir -p "$out"
compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' build/release/CMakeCache.txt)
PYTHONPATH=benchmarks python3 benchmarks/speed/summary.py --command "$command" --repeats "$repeats" --threads "$threads" --compiler "$compiler" \
  ${quick:+--trial} "$raw" "$out/performance.json"
scripts/results.py --page "$out/performance.json" > "$out/performance.md"
echo "run.sh: $out/performance.md, $out/performance.json"
exit $failed
