#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Bad input to reach_obstacles: exit status 1, one line on stderr that says what was wrong, nothing written. Then what good
# input leads to: files, JSON, and "no solution" as a result.
# Usage: reach_obstacles_errors.sh PROGRAM SOURCE_DIR JOINTS
#   JOINTS  the most that the program knows, or nothing where it reads no URDF
set -uo pipefail
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
source=$2 joints=${3:-}
prior=$source/priors/panda.safetensors
defaults=(--out out --prior "$prior" --json out.json)

long_arm() { # JOINTS: a URDF of so many, from base to tip
  local i parent=base child
  echo '<robot name="arm"><link name="base"/>'
  for ((i = 1; i <= $1; ++i)); do
    child=link$i
    [ "$i" -lt "$1" ] || child=tip
    echo "<link name=\"$child\"><collision><geometry><sphere radius=\"0.01\"/></geometry></collision></link>"
    echo "<joint name=\"joint$i\" type=\"revolute\"><parent link=\"$parent\"/><child link=\"$child\"/>"
    echo '<origin xyz="0 0 0.1"/><axis xyz="0 1 0"/><limit lower="-1" upper="1" effort="1" velocity="1"/></joint>'
    parent=$child
  done
  echo '</robot>'
}

printf '' >empty.json
echo 'boxes: none' >text.json
echo '{"boxes": [{"center": [0, 0, NaN], "size": [1, 1, 1]}]}' >nan.json
echo '{"boxes": [{"center": [0, 0, 0], "size": [1, -1, 1]}]}' >negative.json
echo '{"obstacles": []}' >unknown.json
echo '{"ground": 0}' >goalless.json
echo '{"base": [-0.6, 0, 0], "goal": [0, 0, 0.5], "spheres": [{"center": [-0.2, 0.3, 0.5], "radius": 0.05}]}' >good.json
sed 's/"tip":"panda_grasptarget"/"tip":"panda_grasptargot"/' "$prior" >other_arm.safetensors
head -c 1000 "$prior" >short.safetensors
long_arm $((${joints:-7} + 1)) >long.urdf
mkdir folder

refuses 'wanted JSON' --scene empty.json
refuses 'wanted JSON' --scene text.json
refuses 'wanted JSON' --scene nan.json
refuses 'sizes of at least 0, got -1' --scene negative.json
refuses "got 'obstacles'" --scene unknown.json
refuses 'cannot read' --scene absent.json
refuses 'cannot read' --scene folder
refuses 'wall, cwall, window, box or a JSON file' --scene bin
refuses 'goalless.json has none' --scene goalless.json
refuses 'out of reach: the tip comes no nearer than' --goal 3 0 0
refuses 'out of reach' --goal 0.25 0 0.333 --goal-rpy 0 -1.57 0
refuses 'finite position' --goal nan 0 0
refuses 'required' --goal 1 2
refuses 'wanted an orientation that it weighs' --meters-per-radian 1
refuses 'requires --exact' --solutions 5
refuses 'weight of at least 0' --goal-rpy 0 0 0 --meters-per-radian -1
refuses 'at least one solution, got 0' --exact --solutions 0
refuses 'deadline of some seconds' --exact --deadline 0
refuses 'deadline of some seconds' --exact --deadline nan
refuses 'tolerances and iterations above 0' --exact --tolerance 0
refuses 'tolerances and iterations above 0' --exact --tolerance nan
refuses 'wanted it with a URDF file alone' --tip hand
refuses '--srdf: wanted it with a URDF file alone' --srdf arm.srdf
refuses 'not in {' --mode guess
refuses 'not in {' --method guess
refuses 'not in {' --preset best
refuses 'absent.safetensors' --prior absent.safetensors
refuses 'short.safetensors' --prior short.safetensors
refuses "whose tip is 'panda_grasptarget'" --prior other_arm.safetensors
refuses 'for the task "arm", got one for "boxes"' --prior "$source/priors/boxes.safetensors"
refuses 'finite number above 0, got 0' --rate 0
refuses 'quantile in (0, 1], got 2' --quantile 2
refuses 'at least one round' --steps 0
refuses 'of at least 0, got 1 and -1' --meters-per-penetration 1 --margin -1
refuses 'of at least 0, got -1 and 0' --meters-per-penetration -1 --margin 0
refuses 'of at least 0, got 1 and nan' --meters-per-penetration 1 --margin nan
refuses 'of at least 0, got nan and 0' --meters-per-penetration nan --margin 0
refuses 'of at least 0, got inf and 0' --meters-per-penetration inf --margin 0
refuses 'not expected' --color red
refuses 'Could not convert' --goal a b c
with_prior=("${defaults[@]}")
defaults=(--out out --json out.json)
refuses '--prior: wanted one for long.urdf' --robot long.urdf --tip tip
defaults=("${with_prior[@]}")
if [ -n "$joints" ]; then
  refuses "to $joints joints that move, got $((joints + 1))" --robot long.urdf --tip tip
  refuses 'absent.srdf' --robot long.urdf --tip tip --srdf absent.srdf
else
  refuses 'URDF files take a build with TinyXML-2' --robot long.urdf --tip tip
fi

# The published goal of the wall cannot be reached: that is a result, and its list of solutions is empty.
"$program" --prior "$prior" --scene wall --method prior --exact --deadline 0.2 --out wall --json wall.json >stdout 2>stderr
expect 'a run without solutions ends well' [ $? -eq 0 ]
expect 'it says so' grep -q 'no solution within 0.2 s' stdout
expect 'no row but the header' [ "$(wc -l <wall/solutions.csv)" -eq 1 ]
expect 'null for the first' grep -q '"first": null' wall.json
expect 'none certified' grep -q '"certified": 0' wall.json
expect 'no samples but the prior'"'"'s' [ -z "$(ls wall | grep -e tuned -e posterior)$(grep -e '"tuned"' -e '"posterior"' wall.json)" ]

"$program" --prior "$prior" --scene good.json --steps 8 --exact --solutions 20 --tolerance 1e-6 --out good --json good.json.out \
  >stdout 2>stderr
expect 'a run from a scene file ends well' [ $? -eq 0 ]
expect 'twenty solutions' [ "$(wc -l <good/solutions.csv)" -eq 21 ]
expect 'seven joints each' [ "$(awk -F, 'NF != 7' good/solutions.csv | wc -l)" -eq 0 ]
expect 'a picture' [ -s good/reach_obstacles.png ]
expect 'samples' [ "$(cat good/prior.csv good/tuned.csv | wc -l)" -eq 2002 ]
expect 'certified' grep -q '"certified": 20' good.json.out
expect 'tuned samples are called so' [ "$(grep -c -e '^  "tuned": {$' -e '^  "posterior": {$' good.json.out)" -eq 1 ]

refuses_without_gpu
summary
