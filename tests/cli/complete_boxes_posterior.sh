#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# complete_boxes --mode posterior draws samples that differ, says how far it came, and refuses what it has no use for.
# Usage: complete_boxes_posterior.sh PROGRAM
set -uo pipefail
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

number() { # KEY FILE: the last number of that name
  sed -n "s/.*\"$1\": \([-+0-9.e]*\).*/\1/p" "$2" | tail -1
}
greater() { awk "BEGIN { exit !($1 > $2) }"; }

few=(--mode posterior --samples 400 --steps 60 --steps-per-round 10)
"$program" "${few[@]}" --check --out out --json posterior.json >stdout 2>stderr
expect 'the posterior is reached' [ $? -eq 0 ]
expect 'and says so' grep -q '"status": "reached"' posterior.json
expect 'the score counts in full' grep -q '"power": 1.0' posterior.json
expect 'many samples count' greater "$(number effective_samples posterior.json)" 400
expect 'the evidence is what the prior scores on average' greater -2.5 "$(number log_evidence posterior.json)"
expect 'samples and a picture' [ "$(results_in out)" -eq 100 ]
expect 'which are the posterior'"'"'s' [ -s out/posterior/048.ply -a ! -e out/tuned ]
expect 'by that name' grep -q '^  "posterior": {$' posterior.json
expect 'they differ much; of tuned ones the diversity is near 1' greater "$(number diversity posterior.json)" 10

"$program" "${few[@]}" --json alone.json >stdout 2>stderr
expect 'the same results without a folder' same_results alone.json posterior.json

defaults=(--mode posterior --json out.json)
refuses 'without --mode posterior' --quantile 0.1
refuses 'without --mode posterior' --batches 2
refuses 'samples and rounds above 0' --samples 0
refuses 'at least one round' --steps 0
refuses 'finite number above 0' --rate 0
refuses 'not in {' --mode guess
fails 'wanted the posterior reached, got it tempered' --check --samples 100 --steps 1 --steps-per-round 1
refuses_without_gpu
summary
