#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A training of the baseline that is interrupted and resumed writes the same file as one that is not; checkpoints of another
# training are refused in one line.
# Usage: train_grasp_cvae_resume.sh PROGRAM PLANES-PRIOR
set -uo pipefail
# shellcheck source=training.sh
source "${BASH_SOURCE[0]%/*}/training.sh"
steps=12

train_whole
expect 'a closing check' grep -q 'reconstruction' stdout
interrupt
refuses 'seed is 2, got' --seed 2 --resume $checkpoint
refuses 'batch is 64, got' --size paper --resume $checkpoint
refuses 'does not say its fingers' --resume "$2"
resume --threads 1
refuses_without_gpu
summary
