#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Bad input to grasp_shapes: exit status 1, one line on stderr that says what was wrong, nothing written. Then what good input
# leads to: files and JSON.
# Usage: grasp_shapes_errors.sh PROGRAM SOURCE_DIR
set -uo pipefail
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
source=$2
prior=${GRASP_PRIOR:-$source/priors/planes.safetensors}
cvae=${GRASP_CVAE:-$source/priors/grasp_cvae.safetensors}
defaults=(--out out --json out.json --prior "$prior" --cvae "$cvae")

ply() { # POINTS-AS-TEXT FILE
  { printf 'ply\nformat ascii 1.0\nelement vertex %d\n' "$(grep -c . <<<"$1")"
    printf 'property float x\nproperty float y\nproperty float z\nend_header\n%s\n' "$1"; } >"$2"
}

npy() { # SHAPE VALUES FILE: so many floats of zero
  local header="{'descr': '<f4', 'fortran_order': False, 'shape': ($1), }"
  { printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' "$header"
    head -c $((4 * $2)) /dev/zero; } >"$3"
}

ply $'0.5 0 0\n-0.5 0 0\n0 nan 0' nan.ply
ply '0.5 0 0' one.ply
ply $'0.5 0 0\n-0.5 0 0' two.ply
ply $'50 0 0\n-50 0 0' large.ply
ply $'5.5 0 0\n4.5 0 0' aside.ply
npy '2, 2048, 3' 12288 set.npy
npy '2, 100, 3' 600 small_set.npy
head -c 1000 "$prior" >short.safetensors
sed 's/"fingers":"0.7071/"fingers":"0.9071/' "$cvae" >other_fingers.safetensors
mkdir empty

refuses 'finite' --object nan.ply
refuses 'at least 2 points, got 1' --object one.ply
refuses 'with a diagonal of 100' --object large.ply
refuses 'one around (5, 0, 0)' --object aside.ply
refuses 'absent.ply' --object absent.ply
refuses '.ply or .npy' --object "$prior"
refuses 'shape [n, 3], got [2, 2048, 3]' --object set.npy
refuses 'with n >= 1, got [2, 100, 3]' --object small_set.npy --index 0
refuses 'wanted 0 to 1, got 2' --object set.npy --index 2
refuses 'with a diagonal of 0' --object set.npy --index 1
refuses 'got none' --object empty --index 0
refuses 'requires --object' --index 0
refuses 'direction of length 1, got (1, 1, 0)' --finger 1 1 0
refuses 'three numbers a finger, each after a --finger of its own, got 6' --finger 1 0 0 0 1 0
refuses 'three numbers a finger' --finger 1 0 --finger 0 1
refuses 'direction of length 1, got (0, 0, 0)' --finger 0 0 0
refuses 'direction of length 1, got (nan' --finger nan 0 0
refuses '1 to 8 fingers, got 9' --finger 1 0 0 --finger 1 0 0 --finger 1 0 0 --finger 1 0 0 --finger 1 0 0 --finger 1 0 0 \
  --finger 1 0 0 --finger 1 0 0 --finger 1 0 0
refuses 'excludes' --finger 1 0 0 --fingers out
refuses 'not in {' --fingers up
refuses 'not in {' --mode guess
refuses 'not in {' --method guess
refuses 'not in {' --preset best
refuses 'wanted Precision::fp32 or bf16, got tf32' --precision tf32
refuses 'fp8' --precision fp8
refuses 'absent.safetensors' --prior absent.safetensors
refuses 'short.safetensors' --prior short.safetensors
refuses 'for the task "planes", got one for "boxes"' --prior "$source/priors/boxes.safetensors"
refuses 'for the task "grasp_cvae", got one for "planes"' --mode cvae --cvae "$prior"
refuses 'got one for "0.9071' --mode cvae --cvae other_fingers.safetensors
refuses 'without --finger' --mode cvae --finger 1 0 0
refuses 'quantile in (0, 1], got 2' --quantile 2
refuses 'samples > 0, got 0' --samples 0
refuses 'at least one round' --steps 0
refuses 'finite number above 0, got 0' --rate 0
refuses 'batches that divide' --batches 3
refuses 'range' --best-of 0
refuses 'absent/out.json' --json absent/out.json
fails 'of the distance' --check --steps 1 --steps-per-round 1 --rate 1e-6 --best-of 1

# An object of two points, a finger that touches it and two that do not.
"$program" --prior "$prior" --object two.ply --finger 1 0 0 --finger 0 1 0 --finger 0 0 1 --steps 8 --steps-per-round 4 \
  --out good --json good.json >stdout 2>stderr
expect 'a run on two points ends well' [ $? -eq 0 ]
expect 'one finger touches' grep -q '1 of 3 fingers touch' stdout
expect 'two points' [ "$(grep -c '^1,0,0,1,0.5,0,0$' good/contacts.csv)" -eq 1 ]
expect 'null where nothing is' [ "$(grep -c '"point": null' good.json)" -eq 2 ]
expect 'samples and a picture' [ "$(results_in good)" -eq 101 ]
expect 'tuned samples are called so' [ -s good/tuned/048.ply -a ! -e good/posterior ]
expect 'in the results too' [ "$(grep -c -e '^  "tuned": {$' -e '^  "posterior": {$' good.json)" -eq 1 ]
expect 'one contact was observed' [ "$(grep -A 1 '^  "observation": {$' good.json | tail -n 1)" = '    "points": 1' ]

"$program" --prior "$prior" --method cvae --cvae "$cvae" --fingers out --json cvae.json >stdout 2>stderr
expect 'the conditional VAE meets other fingers' grep -q '"fingers": "out"' cvae.json
expect 'and neither tunes nor samples the posterior' grep -q '^  "cvae": {$' cvae.json

refuses_without_gpu
summary
