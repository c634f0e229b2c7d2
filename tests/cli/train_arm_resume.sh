#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An arm's training that is interrupted and resumed writes the same file as one that is not; other robots' checkpoints, and
# robots that are none, are refused in one line.
# Usage: train_arm_resume.sh PROGRAM
set -euo pipefail
program=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
steps=20
: >stderr

die() {
  echo "FAILED: $*"
  exit 1
}
refuses() { # WANTED-WORDS ARGUMENTS...
  local words=$1 status=0
  shift
  "$program" "$@" --steps $steps --out refused.safetensors >/dev/null 2>stderr || status=$?
  [ $status -eq 1 ] && [ "$(wc -l <stderr)" -eq 1 ] && grep -qF -- "$words" stderr ||
    die "$*: status $status, wanted \"$words\", got: $(cat stderr)"
  [ ! -e refused.safetensors ] || die "$*: wrote a prior"
}

"$program" --steps $steps --out whole.safetensors >stdout 2>&1
grep -q 'cm from it on' stdout || die "no closing check: $(cat stdout)"

"$program" --steps $steps --out parts.safetensors >/dev/null 2>stderr &
until grep -q 'step 2' stderr; do sleep 0.01; done # its progress
kill -TERM $!
status=0
wait $! || status=$?
checkpoint=parts.safetensors.checkpoint
[ $status -eq 1 ] && grep -q "interrupted after .* steps; to go on, add --resume $checkpoint\$" stderr ||
  die "SIGTERM: status $status, $(cat stderr)"

refuses 'seed is 2, got' --seed 2 --resume $checkpoint
refuses '--tip' --tip panda_hand
refuses 'absent.urdf' --robot absent.urdf --tip hand
LC_ALL=C sed 's/"robot":"panda"/"robot":"pandb"/' $checkpoint >damaged
refuses 'robot is panda, got' --resume damaged
refuses 'wanted a checkpoint of a training' --resume whole.safetensors

"$program" --steps $steps --out parts.safetensors --threads 1 --resume $checkpoint >/dev/null 2>&1
cmp whole.safetensors parts.safetensors || die "the resumed training ended elsewhere"
[ ! -e $checkpoint ] || die "the checkpoint was left"

# A URDF, where this build reads them: three joints, a link that is told of, and a prior that is of no other arm.
cat >arm.urdf <<'URDF'
<robot name="arm">
  <link name="base"><collision><geometry><box size="0.2 0.2 0.1"/></geometry></collision></link>
  <link name="upper"><collision><origin xyz="0 0 0.2"/><geometry><cylinder radius="0.04" length="0.3"/></geometry></collision></link>
  <link name="lower"><collision><origin xyz="0 0 0.2"/><geometry><cylinder radius="0.03" length="0.3"/></geometry></collision></link>
  <link name="hand"><collision><geometry><sphere radius="0.03"/></geometry></collision></link>
  <joint name="turn" type="revolute"><parent link="base"/><child link="upper"/><origin xyz="0 0 0.1"/><axis xyz="0 1 0"/><limit lower="-1.5" upper="1.5" effort="1" velocity="1"/></joint>
  <joint name="bend" type="revolute"><parent link="upper"/><child link="lower"/><origin xyz="0 0 0.4"/><axis xyz="0 1 0"/><limit lower="-3" upper="3" effort="1" velocity="1"/></joint>
  <joint name="slide" type="prismatic"><parent link="lower"/><child link="hand"/><origin xyz="0 0 0.4"/><axis xyz="0 0 1"/><limit lower="0" upper="0.1" effort="1" velocity="1"/></joint>
</robot>
URDF
if "$program" --robot arm.urdf --tip hand --steps $steps --out urdf.safetensors >stdout 2>stderr; then
  grep -q '^arm.urdf: 3 joints from base to hand, 4 links' stdout || die "no description: $(cat stdout)"
  refuses 'no link' --robot arm.urdf --tip gripper
  refuses '--tip' --robot arm.urdf
else
  grep -q 'wanted panda, got arm.urdf' stderr || die "a URDF: $(cat stderr)"
fi
echo "passed"
