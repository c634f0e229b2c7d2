#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An arm's training that is interrupted and resumed writes the same file as one that is not; other robots' checkpoints, and
# robots that are none, are refused in one line.
# Usage: train_arm_resume.sh PROGRAM
set -uo pipefail
# shellcheck source=training.sh
source "${BASH_SOURCE[0]%/*}/training.sh"
steps=20

train_whole
expect 'a closing check' grep -q 'cm from it on' stdout
interrupt
refuses 'seed is 2, got' --seed 2 --resume $checkpoint
refuses '--tip' --tip panda_hand
refuses 'absent.urdf' --robot absent.urdf --tip hand
LC_ALL=C sed 's/"robot":"panda"/"robot":"pandb"/' $checkpoint >damaged
refuses 'robot is panda, got' --resume damaged
refuses 'wanted a checkpoint of a training' --resume whole.safetensors
mkdir folder
refuses 'wanted a file, got a folder' --out folder
refuses 'wanted the name of a file' --out ''
refuses 'absent/arm.safetensors' --out absent/arm.safetensors
refuses '--log folder: cannot write' --log folder

resume --threads 1

# A URDF, where this build reads them: five joints, a link that is told of, and a prior that is of no other arm.
cat >arm.urdf <<'URDF'
<robot name="arm">
  <link name="base"><collision><geometry><box size="0.2 0.2 0.1"/></geometry></collision></link>
  <link name="upper"><collision><origin xyz="0 0 0.2"/><geometry><cylinder radius="0.04" length="0.3"/></geometry></collision></link>
  <link name="lower"><collision><origin xyz="0 0 0.2"/><geometry><cylinder radius="0.03" length="0.3"/></geometry></collision></link>
  <link name="hand"><collision><geometry><sphere radius="0.03"/></geometry></collision></link>
  <joint name="turn" type="revolute"><parent link="base"/><child link="upper"/><origin xyz="0 0 0.1"/><axis xyz="0 1 0"/><limit lower="-1.5" upper="1.5" effort="1" velocity="1"/></joint>
  <joint name="bend" type="revolute"><parent link="upper"/><child link="lower"/><origin xyz="0 0 0.4"/><axis xyz="0 1 0"/><limit lower="-3" upper="3" effort="1" velocity="1"/></joint>
  <link name="forearm"/>
  <link name="wrist"/>
  <joint name="roll" type="revolute"><parent link="lower"/><child link="forearm"/><axis xyz="0 0 1"/><limit lower="-3" upper="3" effort="1" velocity="1"/></joint>
  <joint name="tilt" type="revolute"><parent link="forearm"/><child link="wrist"/><axis xyz="0 1 0"/><limit lower="-1" upper="1" effort="1" velocity="1"/></joint>
  <joint name="slide" type="prismatic"><parent link="wrist"/><child link="hand"/><origin xyz="0 0 0.4"/><axis xyz="0 0 1"/><limit lower="0" upper="0.1" effort="1" velocity="1"/></joint>
</robot>
URDF
if "$program" --robot arm.urdf --tip hand --steps $steps --out urdf.safetensors >stdout 2>stderr; then
  expect 'a description' grep -q '^arm.urdf: 5 joints from base to hand, 4 links' stdout
  refuses 'no link' --robot arm.urdf --tip gripper
  refuses '--tip' --robot arm.urdf
  LC_ALL=C sed $'s/"hand"/"pr\\xe9henseur"/' arm.urdf >latin1.urdf
  refuses "latin1.urdf: the tip's name: wanted text in UTF-8, got 'pr?henseur'" --robot latin1.urdf --tip $'pr\xe9henseur'
  LC_ALL=C sed $'s/"bend"/"\\xe9paule"/' arm.urdf >latin1.urdf
  refuses "latin1.urdf: a joint's name: wanted text in UTF-8" --robot latin1.urdf --tip hand
else
  expect 'a build without a reader of URDF' grep -q 'wanted panda, got arm.urdf' stderr
fi
refuses_without_gpu
summary
