#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A training that is interrupted and resumed writes the same file as one that is not; a checkpoint that is of another
# training, or damaged, is refused in one line.
# Usage: train_boxes_resume.sh PROGRAM
set -euo pipefail
program=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
steps=12
: >stderr

die() {
  echo "FAILED: $*"
  exit 1
}
refuses() { # WANTED-WORDS ARGUMENTS...
  local words=$1 status=0
  shift
  local flags=("$@")
  [[ " $* " == *" --steps "* ]] || flags+=(--steps $steps)
  [[ " $* " == *" --out "* ]] || flags+=(--out refused.safetensors)
  "$program" "${flags[@]}" >/dev/null 2>stderr || status=$?
  [ $status -eq 1 ] && [ "$(wc -l <stderr)" -eq 1 ] && grep -qF -- "$words" stderr ||
    die "$*: status $status, wanted \"$words\", got: $(cat stderr)"
  [ ! -e refused.safetensors ] || die "$*: wrote a prior"
}

"$program" --steps $steps --out whole.safetensors >/dev/null 2>&1

"$program" --steps $steps --out parts.safetensors >/dev/null 2>stderr &
until grep -q 'step 2' stderr; do sleep 0.01; done # its progress
kill -TERM $!
status=0
wait $! || status=$?
[ $status -eq 1 ] && grep -q 'interrupted after .* steps; to go on, add --resume parts.safetensors.checkpoint$' stderr ||
  die "SIGTERM: status $status, $(cat stderr)"
[ ! -e parts.safetensors ] || die "SIGTERM: a prior was written"
checkpoint=parts.safetensors.checkpoint

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

"$program" --steps $steps --out parts.safetensors --resume $checkpoint >/dev/null 2>&1
cmp whole.safetensors parts.safetensors || die "the resumed training ended elsewhere"
[ ! -e $checkpoint ] || die "the checkpoint was left"
echo "passed"
