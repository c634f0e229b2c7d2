#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Counts the instructions of a round of each of the paper's tasks, and fails where one deviates by more than 3 % from
# benchmarks/speed/instructions.json. Counts, unlike times, need no quiet machine. Callgrind knows no AVX-512, so they are
# those of the AVX2 kernels.
# Usage: scripts/count_instructions.sh [--update]
#   --update  stores the counts instead
# Afterwards `callgrind_annotate build/instructions/TASK.callgrind` says which functions they are in.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/instructions file=benchmarks/speed/instructions.json

fail() {
  echo "count_instructions: $1" >&2
  exit 1
}
# stored KEY: its value in the file, or nothing.
stored() { [ ! -e $file ] || sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\).*/\1/p" $file; }

case ${1:-} in
  '') [ -e $file ] || fail "wanted $file, found none (--update writes it)" ;;
  --update) ;;
  *) fail "wanted --update or nothing, got $1" ;;
esac
command -v valgrind > /dev/null || fail "wanted valgrind, found none (Debian: valgrind)"

cmake --preset release -B $build -DMACE_BUILD_TESTS=OFF -DMACE_BUILD_EXAMPLES=OFF -DMACE_CUDA=OFF >&2
cmake --build $build --target one_round >&2
compiler=$("$(sed -n 's/^CMAKE_CXX_COMPILER:.*=//p' $build/CMakeCache.txt)" --version | head -n 1)
was=$(stored compiler)
[ "${was:=$compiler}" = "$compiler" ] || echo "stored are the counts of $was, these are of $compiler"

json="{"$'\n'"  \"compiler\": \"$compiler\"" deviating=
printf '%-14s %15s %15s %8s\n' task instructions stored ratio
for task in complete_boxes grasp_shapes reach_cwall reach_box; do
  profile=$build/$task.callgrind
  valgrind --tool=callgrind --toggle-collect='*counted_round*' --callgrind-out-file=$profile \
    $build/benchmarks/one_round $task 2> $profile.log || fail "$task: no count, see $profile.log"
  grep -q run_avx2 $profile || fail "$task: wanted the AVX2 kernels to run, they did not"
  count=$(sed -n 's/^summary: //p' $profile) was=$(stored $task)
  ratio=$(awk -v n="$count" -v was="$was" 'BEGIN {
    r = was > 0 ? n / was : 0
    printf(was > 0 ? "%.4f" : "none", r)
    exit r < 0.97 || r > 1.03
  }') || deviating+=" $task ($ratio)"
  printf '%-14s %15s %15s %8s\n' $task "$count" "${was:-none}" "$ratio"
  json+=$',\n'"  \"$task\": $count"
done

if [ "${1:-}" = --update ]; then
  printf '%s\n}\n' "$json" > $file.new
  mv $file.new $file
elif [ -n "$deviating" ]; then
  fail "wanted ratios of 0.97 to 1.03, got$deviating"
fi
