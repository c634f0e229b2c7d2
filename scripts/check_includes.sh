#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks the form of every public header and the direction of its includes (docs/design.md, "Includes point one way"):
#   core <- backend <- {cloud, kinematics <- collision} <- the stages <- tune <- posterior <- {mace.hpp, cpu.hpp, cuda.cuh}
#   {collision, posterior} <- ik, collision <- io <- robot, {model, io} <- prior <- train, the stages <- metrics
# The functors of loops stand in mace::detail, so that the reference lists what users call.
# What is for one backend only stays on its side: the CPU side is backend/cpu/, *_cpu.hpp, mace/cpu.hpp and
# mace/ik.hpp, the CUDA side every *.cuh.
# Usage: scripts/check_includes.sh [<folder that holds mace/>]
set -euo pipefail
cd "${1:-"$(dirname "$0")/../include"}"

find mace -name '*.hpp' -o -name '*.cuh' | sort | xargs awk '
function words(text, set,    list, i, n) {
  n = split(text, list, " ")
  for (i = 1; i <= n; ++i) set[list[i]] = 1
}
# The folder of a header: "core", ..., or "top" for mace/mace.hpp and its like.
function folder_of(path,    parts) { return split(path, parts, "/") == 2 ? "top" : parts[2] }
function on_cpu_side(path) { return path ~ /^mace\/backend\/cpu\/|_cpu\.hpp$|^mace\/(cpu|ik)\.hpp$/ }
function bad(text) {
  printf "%s:%d: %s\n", FILENAME, FNR, text
  failed = 1
}
function check_include(target,    to) {
  to = folder_of(target)
  if (target ~ /\.cuh$/ && FILENAME ~ /\.hpp$/) bad("a .hpp includes a .cuh: " target)
  if (on_cpu_side(target) && !on_cpu_side(FILENAME)) bad("includes a header of the CPU side: " target)
  if (target ~ /^mace\/backend\/cuda\// && FILENAME !~ /\.cuh$/) bad("includes a header of the CUDA side: " target)
  if (to == from) return
  if ((from in stage) && (to in stage) && target !~ /\/concept\.hpp$/)
    bad("a stage includes another stage'\''s implementation, not its concept: " target)
  else if (!((from, to) in allowed)) bad(from "/ may not include " to "/: " target)
}
function allow(from, list,    set, to) {
  words(list, set)
  for (to in set) allowed[from, to] = 1
}
BEGIN {
  stages = "model simulate score select fit"
  words(stages, stage)
  loop = "core backend cloud kinematics collision " stages
  allow("backend", "core")
  allow("cloud", "core backend")
  allow("kinematics", "core")
  allow("collision", "core kinematics")
  allow("ik", "core backend kinematics collision simulate tune posterior")
  allow("io", "core cloud kinematics collision")
  allow("robot", "core kinematics collision io")
  for (name in stage) allow(name, loop)
  allow("tune", loop)
  allow("posterior", loop " tune")
  allow("prior", "core backend cloud kinematics model io")
  allow("train", loop " io prior")
  allow("metrics", loop)
  allow("top", loop " tune posterior ik")
}
FNR == 1 {
  from = folder_of(FILENAME)
  guarded[FILENAME] = 0
  if ($0 != "// SPDX-License-Identifier: Apache-2.0") bad("the first line is not `// SPDX-License-Identifier: Apache-2.0`")
}
/^#pragma once$/ { guarded[FILENAME] = 1 }
# The functor of a loop is nothing that a user calls.
FNR == 1 { detail = 0 }
/^namespace .*detail \{$/ { detail = 1 }
/^\}  \/\/ namespace .*detail$/ { detail = 0 }
/operator\(\)\(Index( [a-z_]+)?\) const/ && !detail { bad("a functor of a loop outside of namespace detail") }
/^[ \t]*#[ \t]*include/ {
  target = $0
  sub(/^[ \t]*#[ \t]*include[ \t]*/, "", target)
  quoted = target ~ /^"/
  sub(/^["<]/, "", target)
  sub(/[">].*/, "", target)
  if (target ~ /^mace\//) check_include(target)
  else if (quoted) bad("our own headers are included as \"mace/...\", others as <...>: " target)
  if (target ~ /^(unsupported\/)?Eigen\// && FILENAME != "mace/kinematics/eigen.hpp") bad("Eigen belongs to the tests: " target)
}
END {
  for (name in guarded)
    if (!guarded[name]) {
      printf "%s:1: no `#pragma once`\n", name
      failed = 1
    }
  exit failed
}'
echo "check_includes: ok"
