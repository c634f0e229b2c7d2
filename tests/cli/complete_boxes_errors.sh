#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Bad input to complete_boxes: exit status 1, one line on stderr that says what was wrong, nothing written.
# Usage: complete_boxes_errors.sh PROGRAM SOURCE_DIR
set -uo pipefail
program=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
prior=$source/priors/boxes.safetensors
box=$source/priors/observations/box.ply
failures=0 cases=0

refuses() { # WANTED-WORDS ARGUMENTS...
  local words=$1 status errors
  shift
  local flags=("$@")
  [[ " $* " == *" --out "* ]] || flags+=(--out "$work/out")
  [[ " $* " == *" --json "* ]] || flags+=(--json "$work/out.json")
  cases=$((cases + 1))
  "$program" "${flags[@]}" >stdout 2>stderr
  status=$?
  errors=$(grep -v '^tuning: ' stderr)
  if [ $status -ne 1 ] || [ "$(wc -l <<<"$errors")" -ne 1 ] || [[ $errors != "complete_boxes: "*"$words"* ]] ||
    [ -e "$work/out" ] || [ -e "$work/out.json" ]; then
    echo "FAILED: $*: status $status, wanted \"$words\", got: $errors; files: $(ls "$work")"
    failures=$((failures + 1))
    rm -rf "$work/out" "$work/out.json"
  fi
}

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
sed 's/"network":"small"/"network":"paper"/' "$prior" >other_network.safetensors
touch file

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
refuses 'decoder.0.bias' --prior other_shape.safetensors
refuses 'wanted shape' --prior other_network.safetensors
refuses 'quantile in (0, 1], got 2' --quantile 2
refuses 'samples > 0, got 0' --samples 0
refuses 'at least one elite' --samples 16
refuses 'at least one round' --steps 0
refuses 'at least one round' --steps-per-round 0
refuses 'Could not convert' --samples many
refuses 'not expected' --colour red
refuses 'four finite numbers' --observation "$box" --plane 0 nan 0 0
refuses 'not zero' --observation "$box" --plane 0 0 0 0
refuses 'on the other side' --observation "$box" --plane 0 0 1 9
refuses 'range' --threads 0
refuses 'file/out' --out file/out
refuses 'absent/out.json' --steps 256 --json absent/out.json

echo "$((cases - failures)) passed, $failures failed"
[ $failures -eq 0 ]
