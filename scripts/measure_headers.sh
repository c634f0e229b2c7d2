#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures what it costs to include a header: seconds of user time of the compiler for a unit that does nothing else,
# least and median of some runs, as a table. Other work on the machine slows even user time.
# Usage: scripts/measure_headers.sh [RUNS [HEADER ...]]
#   RUNS    how often each is compiled; 5 if not given
#   HEADER  such as mace/cpu.hpp; if none is given, those that programs include
# CXX names the compiler; g++ if it is not set.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-5}
[[ $runs =~ ^[1-9][0-9]*$ ]] || { echo "measure_headers: wanted a number of runs, got $runs" >&2; exit 1; }
headers=("${@:2}")
[ ${#headers[@]} != 0 ] || headers=(mace/{cpu,mace}.hpp mace/tune/{tuner,observers}.hpp
  mace/posterior/posterior.hpp mace/ik.hpp mace/simulate/arm.hpp
  mace/model/{autoregressive,gaussian_mixture,latent_vae}.hpp mace/prior/{arm_prior,vae_prior}.hpp
  mace/io/{cloud,npy,obj,ply,safetensors,stl}.hpp mace/robot/{panda,panda_arm,srdf,urdf,urdf_arm}.hpp
  mace/metrics/{c2st_cpu,calibration,coverage,mmd}.hpp mace/cloud/{chamfer,contact}.hpp
  mace/collision/{exact_check,scene}.hpp mace/kinematics/serial_chain.hpp)
unit=$(mktemp --suffix .cpp)
trap 'rm -f "$unit"' EXIT
read -ra flags <<< "$(pkg-config --cflags tinyxml2 2> /dev/null)"  # of robot/urdf.hpp
compile=("${CXX:-g++}" -std=c++20 -O2 -Iinclude "${flags[@]}" -c -o /dev/null)
TIMEFORMAT=%U

echo "| header | least | median |"
echo "|---|---|---|"
for header in none "${headers[@]}"; do
  { [ "$header" = none ] || echo "#include \"$header\""; echo "int main() {}"; } > "$unit"
  "${compile[@]}" "$unit" || { echo "measure_headers: $header fails" >&2; exit 1; }
  for ((i = 0; i < runs; ++i)); do
    { time "${compile[@]}" "$unit"; } 2>&1
  done | sort -n | awk -v name="$header" '{ t[NR] = $1 }
    END { printf "| `%s` | %.2f | %.2f |\n", name, t[1], (t[int((NR + 1) / 2)] + t[int(NR / 2) + 1]) / 2 }'
done
