#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Bad input to complete_boxes: exit status 1, one line on stderr that says what was wrong, nothing written.
# Usage: complete_boxes_errors.sh PROGRAM SOURCE_DIR
set -uo pipefail
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
source=$2
prior=$source/priors/boxes.safetensors
box=$source/priors/observations/box.ply
defaults=(--out out --json out.json)

ply() { # POINTS-AS-TEXT FILE
  { printf 'ply\nformat ascii 1.0\nelement vertex %d\n' "$(grep -c . <<<"$1")"
    printf 'property float x\nproperty float y\nproperty float z\nend_header\n%s\n' "$1"; } >"$2"
}

ply $'0 0 0\n1 0 0\n0 nan 0\n1 1 1\n0 1 1' nan.ply
ply $'0 0 0\n1 0 0\n0 1 0' few.ply
printf 'ply\nformat ascii 1.0\nelement vertex 0\nproperty float x\nproperty float y\nproperty float z\nend_header\n' >empty.ply
head -c 1000 "$box" >short.ply
head -c 100000 "$prior" >short.safetensors
printf '\xff\xff\xff\xff\xff\xff\xff\x7f{}' >huge.safetensors
sed 's/"task":"boxes"/"task":"boxer"/' "$prior" >other_task.safetensors
sed 's/"decoder.0.bias"/"decoder.9.bias"/' "$prior" >other_shape.safetensors
touch file
mkdir -p folder taken_by_folder/observation.ply taken_by_file
touch taken_by_file/prior

refuses 'finite' --observation nan.ply
refuses 'at least 5 points, got 3' --observation few.ply
refuses 'at least one point' --observation empty.ply
refuses 'short.ply' --observation short.ply
refuses 'absent.ply' --observation absent.ply
refuses '.ply or .npy' --observation "$prior"
refuses 'short.safetensors' --prior short.safetensors
refuses 'huge.safetensors' --prior huge.safetensors
refuses 'absent.safetensors' --prior absent.safetensors
refuses 'for the task "boxes", got one for "boxer"' --prior other_task.safetensors
refuses '18 tensors that make none of them' --prior other_shape.safetensors
refuses 'quantile in (0, 1], got 2' --quantile 2
refuses 'samples > 0, got 0' --samples 0
refuses 'wanted Precision::fp32 or bf16, got tf32' --precision tf32
refuses 'fp8' --precision fp8
refuses 'at least one elite' --samples 16
refuses 'at least one round' --steps 0
refuses 'at least one round' --steps-per-round 0
refuses 'Could not convert' --samples many
refuses 'not expected' --color red
refuses 'four finite numbers' --observation "$box" --plane 0 nan 0 0
refuses 'not in {' --mode is
refuses 'not in {' --method is
refuses 'not zero' --observation "$box" --plane 0 0 0 0
refuses 'on the other side' --observation "$box" --plane 0 0 1 9
refuses 'range' --threads 0
refuses 'file/out' --out file/out
refuses 'absent/out.json' --json absent/out.json
refuses 'got a folder' --json folder
refuses 'finite number above 0, got 0' --rate 0
refuses 'finite number above 0, got inf' --rate inf
refuses 'finite number above 0, got nan' --rate nan
refuses 'batches that divide' --batches 3
refuses 'quantile in (0, 1], got nan' --quantile nan

# What stands in the folder already is found before the work, and stays.
refuses 'observation.ply' --out taken_by_folder
refuses 'prior' --out taken_by_file
refuses 'samples > 0, got 0' --samples 0 --out a/b/c/
refuses 'samples > 0, got 0' --samples 0 --out folder/b/../c
fails 'half of the distance' --check --steps 1 --steps-per-round 1 --samples 32 --rate 1e-6 --out a/b

# A run that ends well beside one that is refused, both into one folder. Hardly a sample reaches what was seen here, none
# of those that are reported, so they have no distance to it.
ply "$(printf '0.%d 0.1 1.6\n' 0 1 2 3 4 5)" high.ply
cases=$((cases + 1))
"$program" --seed 1 --observation high.ply --plane 0 0 1 1.3 --steps 4 --steps-per-round 1 --samples 512 --out shared \
  --json shared/out.json >stdout 2>stderr &
until compgen -G 'shared/.partial*' >/dev/null || ! kill -0 $! 2>/dev/null; do sleep 0.01; done
"$program" --samples 0 --out shared 2>/dev/null
if ! wait $! || [ "$(results_in shared)" -ne 101 ] || [ -n "$(compgen -G 'shared/.partial*')" ] ||
  [ "$(grep -c -e '"cd_k": null' -e '"seed": 1,' -e '"points": 6' shared/out.json)" -ne 4 ]; then
  failed "a run beside a refused one: $(cat stderr shared/out.json; results_in shared) files"
fi
expect 'tuned samples are called so' [ -s shared/tuned/048.ply -a ! -e shared/posterior ]
expect 'in the results too' [ "$(grep -c -e '^  "tuned": {$' -e '^  "posterior": {$' shared/out.json)" -eq 1 ]

refuses_without_gpu
summary
