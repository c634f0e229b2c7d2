#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A training that is interrupted and resumed writes the same file as one that is not; a checkpoint that is of another
# training, or damaged, is refused in one line.
# Usage: train_boxes_resume.sh PROGRAM
set -uo pipefail
# shellcheck source=training.sh
source "${BASH_SOURCE[0]%/*}/training.sh"
steps=12

train_whole
interrupt
refuses 'seed is 2, got' --seed 2 --resume $checkpoint
refuses 'batch is 64, got' --size paper --resume $checkpoint
refuses 'at most 1 steps, got' --steps 1 --resume $checkpoint
damaged() { # SED-SCRIPT WANTED-WORDS: the header's length must stay
  LC_ALL=C sed "$1" $checkpoint >damaged
  refuses "$2" --resume damaged
}
damaged 's/"done":"0/"done":"9/' 'wanted done in [0, 1], got 9'
damaged 's/"done":"0/"done":"x/' 'done: wanted a number, got'
damaged 's/"steps":"./"steps":"-/' 'steps: wanted a number, got'
damaged 's/"task":"boxes"/"task":"boxer"/' 'task is boxes, got'
damaged 's/"network":"small"/"network":"smell"/' 'network is small, got'
damaged 's/"batch":/"hatch":/' 'does not say its batch'
refuses 'wanted a checkpoint of a training' --resume whole.safetensors
refuses 'absent/a' --out absent/a
refuses 'got a folder' --out .
refuses 'finite number' --minutes nan

resume
refuses_without_gpu
summary
