#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fails where a name of the field is spelled otherwise than in the paper.
set -euo pipefail
cd "$(dirname "$0")/.."

# What is wrong, as an extended regular expression, and what the paper writes.
names=(
  "[Cc]hamfer[’']?s[ -]distance|[Cc]hampher|[^a-z_/.\"]chamfer distance" "Chamfer distance"
  "MACE[ _](VAE|Vae)|MaceVAE|Mace-VAE"                                   "MACE-VAE"
  "[Cc]ross [Ee]ntropy|[Cc]rossentropy"                                  "cross-entropy method"
  "Krupnick|Scha[fp]er, E|Jurgensen"                                     "Krupnik, Shafer, Jurgenson, Tamar"
  "Mo[Vv]eIT|Moveit|Shapenet|[^_a-z/]Pointnet"                           "MoveIt, ShapeNet, PointNet"
  "[Aa]uto-[Rr]egressive"                                                "autoregressive"
  "[Kk]ullback[ -]Leib[^l]|Kullback Leibler"                             "Kullback-Leibler"
)
for ((i = 0; i < ${#names[@]}; i += 2)); do
  if git grep -nIE "${names[i]}" -- ':!scripts/check_names.sh'; then
    echo "check_names: wanted ${names[i + 1]}" >&2
    failed=yes
  fi
done
if [ -n "${failed:-}" ]; then exit 1; fi
echo "check_names: ok"
