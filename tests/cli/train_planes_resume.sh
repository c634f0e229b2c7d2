#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A training on airplanes that is interrupted and resumed writes the same file as one that is not; checkpoints of other
# airplanes, and sets that are none, are refused in one line.
# Usage: train_planes_resume.sh PROGRAM
set -uo pipefail
# shellcheck source=training.sh
source "${BASH_SOURCE[0]%/*}/training.sh"
steps=12

npy() { # COUNT POINTS FILE: so many clouds, all points at the origin
  local header="{'descr': '<f4', 'fortran_order': False, 'shape': ($1, $2, 3), }"
  { printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' "$header"
    head -c $((12 * $1 * $2)) /dev/zero; } >"$3"
}
npy 9 2048 few.npy
npy 20 2048 set.npy
npy 20 100 small.npy

train_whole
expect 'a closing check' grep -q 'on 200 held-out shapes: reconstruction' stdout
interrupt
refuses 'seed is 2, got' --seed 2 --resume $checkpoint
refuses 'turn is 30, got' --turn 30 --resume $checkpoint
refuses 'set is set.npy, got' --set set.npy --resume $checkpoint
refuses 'network is paper, got' --size paper --turn 0 --resume $checkpoint
refuses 'at least 10 clouds to train on, got 9' --set few.npy
refuses '2048, 3]' --set small.npy
refuses 'absent.npy' --set absent.npy
refuses 'not in range 0' --turn 200
resume --threads 1
refuses_without_gpu
summary
