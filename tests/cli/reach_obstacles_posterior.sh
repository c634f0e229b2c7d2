#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# reach_obstacles --mode posterior: samples of equal weight at the goal and free, and what the run says of them. A wide goal
# and few samples, so that it takes seconds.
# Usage: reach_obstacles_posterior.sh PROGRAM SOURCE_DIR
set -uo pipefail
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
defaults=(--mode posterior --prior "$2/priors/panda.safetensors" --out out --json out.json)

number() { # KEY: what out.json says of it
  sed -n "s/^ *\"$1\": \([-0-9.e]*\),*$/\1/p" out.json
}

refuses '--width: wanted finite meters, of the posterior above 0, got 0' --width 0
refuses '--width: wanted finite meters, of the posterior above 0, got nan' --width nan
refuses 'wanted cpu for --mode posterior' --device cuda
refuses 'batches that divide the fitted samples' --batches 0
refuses 'wanted samples and rounds above 0' --samples 0
# No configuration is free of an obstacle that is around the base's first link.
echo '{"goal": [0.5, 0, 0.5], "spheres": [{"center": [0, 0, 0.3], "radius": 0.2}]}' >buried.json
fails 'none that is feasible' --scene buried.json --samples 200 --steps 2 --steps-per-round 1

"$program" "${defaults[@]}" --samples 5000 --steps 20 --steps-per-round 10 --batches 2 --width 0.03 >stdout 2>stderr
expect 'it ends well' [ $? -eq 0 ]
expect 'the score counts in full' grep -q '"status": "reached"' out.json
expect 'it says so' grep -q '^reached: ' stdout
expect 'power 1' [ "$(number power)" = 1.0 ]
expect 'samples are effective' awk "BEGIN { exit !($(number effective_samples) > 50 && $(number effective_samples) < 10000) }"
expect 'they are a thousand' [ "$(wc -l <out/posterior.csv)" -eq 1001 ]
expect 'all are free' [ "$(grep '"success"' out.json | tail -n 1)" = '    "success": 1.0,' ]
# Three coordinates of a width of 3 cm are 4.8 cm off in the mean, and less where the prior prefers the goal; its own samples
# 10 cm.
expect 'they are as near to the goal as the width says' \
  awk '/"posterior": {/ { on = 1 } on && /"mean"/ { sub(/,/, ""); exit !($2 > 0.02 && $2 < 0.048) }' out.json
summary
