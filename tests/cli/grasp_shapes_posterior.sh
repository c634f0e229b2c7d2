#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# grasp_shapes --mode posterior says how far it came, and refuses what it has no use for.
# Usage: grasp_shapes_posterior.sh PROGRAM
set -uo pipefail
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

"$program" --mode posterior --samples 200 --steps 20 --steps-per-round 10 --check --out out --json out.json \
  >stdout 2>stderr
expect 'the posterior is reached' [ $? -eq 0 ]
expect 'the results say which mode' grep -q '"mode": "posterior"' out.json
expect 'the score counts in full' grep -q '"power": 1.0' out.json
# Of scores near 1 every sample is worth about one: of 400 more than half of them.
expect 'most samples count' awk '/"effective_samples"/ { found = $2 + 0 > 200 } END { exit !found }' out.json
expect 'the evidence is the mean score of the prior' \
  awk '/"log_evidence"/ { found = $2 + 0 > -0.3 && $2 + 0 < 0 } END { exit !found }' out.json
expect 'samples and a picture' [ "$(results_in out)" -eq 101 ]
expect 'which are the posterior'"'"'s' [ -s out/posterior/048.ply -a ! -e out/tuned ]

defaults=(--mode posterior --json refused.json)
refuses 'without --mode posterior' --quantile 0.1
refuses 'without --mode posterior' --preset paper
refuses 'without --mode posterior' --best-of 2
refuses 'samples and rounds above 0' --samples 0
refuses_without_gpu
summary
