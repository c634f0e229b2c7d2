#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ik_mbm solves problems in the form of MotionBenchMaker's, writes what it found, tells by meshes what is in collision, and
# refuses what it cannot read.
# Usage: ik_mbm.sh PROGRAM
set -uo pipefail
reference=$(realpath "${BASH_SOURCE[0]%/*}/../reference")
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# A can on a table; the same under a slanted board, with the joints in another order; a box around the hand, which is not free.
panda='"panda_joint1","panda_joint2","panda_joint3","panda_joint4","panda_joint5","panda_joint6","panda_joint7"'
ready='0,-0.7853981633974483,0,-2.356194490192345,0,1.5707963267948966,0.7853981633974483'
can='{"name":"can","center":[0.307,0,0.43],"quaternion_xyzw":[0,0,0,1],"height":0.14,"radius":0.03}'
table='{"name":"table","center":[0.6,0.1,0.33],"quaternion_xyzw":[0,0,0,1],"size":[0.8,1.1,0.06]}'
board='{"name":"board","center":[0.45,-0.5,0.7],"quaternion_xyzw":[0.1,0.2,-0.3,0.9273618495495704],"size":[0.5,0.02,0.4]}'
crate='{"name":"crate","center":[0.307,0,0.6],"quaternion_xyzw":[0,0,0,1],"size":[0.3,0.3,0.3]}'
problem() { # SET ID BOXES CYLINDERS [JOINTS GOAL]
  printf '{"set":"%s","id":%s,"boxes":[%s],"cylinders":[%s],"joints":[%s],"goal_configuration":[%s],"start":[%s]}\n' \
    "$1" "$2" "$3" "$4" "${5:-$panda}" "${6:-$ready}" "${6:-$ready}"
}
turned='"panda_joint7","panda_joint2","panda_joint3","panda_joint4","panda_joint5","panda_joint6","panda_joint1"'
turned_ready='0.7853981633974483,-0.7853981633974483,0,-2.356194490192345,0,1.5707963267948966,0'
{
  problem 'tables, \"low\"' 1 "$table" "$can"
  problem 'tables, \"low\"' 7 "$table,$board" "$can" "$turned" "$turned_ready"
  problem crates 3 "$crate" ''
} > problems.jsonl

value() { # KEY...: of the results
  python3 -c 'import json, sys, functools; print(functools.reduce(lambda at, key: at[key], sys.argv[1:], json.load(open("out.json"))))' "$@"
}
is() { # VALUE KEY...
  [ "$(value "${@:2}")" = "$1" ]
}
tables='tables, "low"'
"$program" --problems problems.jsonl --deadline 0.5 --meshes "$reference/panda/meshes" --json out.json --solutions out.csv \
  > stdout 2> stderr
expect 'both problems of a set are counted' is 2 sets "$tables" problems
expect 'and solved' is 2 sets "$tables" solved
expect 'at the goal and within the limits' is 0 sets "$tables" astray
expect 'and judged' is 2 sets "$tables" judged
expect 'and free by the meshes' is 0 sets "$tables" disagreements
expect 'visual meshes are not there' is 0 sets "$tables" visual judged
expect 'their worst time is that of a solution' awk "BEGIN { exit !($(value sets "$tables" first_ms worst) < 500) }"
expect 'a hand in a box is not free' is 0 sets crates solved
expect 'which counts as the deadline' is 500.0 sets crates first_ms median
expect 'and is not quick' is 0 sets crates ten_ms
expect 'a header and a row for each solution' [ "$(wc -l < out.csv)" -eq 3 ]
expect 'the header names the joints' grep -q '^set,id,panda_joint1,.*,panda_joint7$' out.csv
expect 'a set with a comma and quotes is quoted' grep -qE '^"tables, ""low""",7(,-?[0-9.e-]+){7}$' out.csv
expect 'numbers are whole' grep -qE '[0-9.]{17}' out.csv
"$program" --problems problems.jsonl --deadline 0.01 > stdout 2> stderr
expect 'without meshes it says that nothing was judged' grep -q 'No solution was judged' stdout

# A hand that is a block of two meters is in collision wherever it is.
cp -r "$reference/panda/meshes" big && rm big/collision/hand.stl
{
  for x in -1 1; do for y in -1 1; do for z in -1 1; do echo "v $x $y $z"; done; done; done
  printf 'f %s\n' '1 2 4 3' '5 7 8 6' '1 5 6 2' '3 4 8 7' '1 3 7 5' '2 6 8 4'
} > big/collision/hand.obj
"$program" --problems problems.jsonl --deadline 0.5 --meshes big --json out.json > stdout 2> stderr
expect 'meshes in collision are told' is 2 sets "$tables" disagreements
expect 'and which' grep -q '"link": "panda_' out.json
# A box that is much larger than the hand has no triangle near; it holds the arm all the same.
sed -i 's/^v \(-\?\)1 \(-\?\)1 \(-\?\)1/v \19 \29 \39/' big/collision/hand.obj
"$program" --problems problems.jsonl --deadline 0.5 --meshes big --json out.json > stdout 2> stderr
expect 'what is wholly inside counts' is 2 sets "$tables" disagreements

xarm='"joint1","joint2","joint3","joint4","joint5","joint6"'
problem other 0 "$board" "$can" "$xarm" '0.2,-0.6,-0.7,0.1,0.5,0.3' > xarm.jsonl
"$program" --problems xarm.jsonl --robot "$reference/xarm6/xarm6.urdf" --tip link6 --meshes "$reference/xarm6/meshes" \
  --json out.json > stdout 2> stderr
expect 'another robot is judged too' is 1 sets other judged
expect 'and free' is 0 sets other disagreements

line() { # NAME SED: the first problem with a change
  problem low 1 "$table" "$can" | sed "$2" > "$1"
}
problem low 1 "$table" "$can" > second.jsonl
echo '{' >> second.jsonl
line key.jsonl 's/"id"/"color":1,"id"/'
line twice.jsonl 's/"id"/"id":1,"id"/'
line absent.jsonl 's/"radius":0.03/"radius":0.03,"shade":1/'
line missing.jsonl 's/,"radius":0.03//'
line id.jsonl 's/"id":1/"id":"a"/'
line size.jsonl 's/\[0.8,1.1,0.06\]/[0.8,1.1]/'
line flat.jsonl 's/0.06\]/0]/'
line turn.jsonl 's/\[0,0,0,1\]/[0,0,0,2]/'
line few.jsonl 's/"goal_configuration":\[0,/"goal_configuration":[/'
line named.jsonl 's/"table"/"can"/'
line far.jsonl 's/\[0.6,0.1,0.33\]/[0.6,0.1,33333]/'
line text.jsonl 's/"height":0.14/"height":"tall"/'
: > empty.jsonl
defaults=(--problems problems.jsonl)
refuses 'absent: cannot be read' --problems absent
refuses 'empty.jsonl: wanted at least one problem' --problems empty.jsonl
refuses 'second.jsonl:2: line 1: wanted JSON' --problems second.jsonl
refuses "twice.jsonl:1: wanted each key once, got 'id' twice" --problems twice.jsonl
refuses "goal_configuration, start, got 'color'" --problems key.jsonl
refuses "absent.jsonl:1: cylinders[0]: wanted one of the keys name, center, quaternion_xyzw, height, radius, got 'shade'" \
  --problems absent.jsonl
refuses 'missing.jsonl:1: cylinders[0]: wanted the key "radius"' --problems missing.jsonl
refuses 'id.jsonl:1: id: wanted a whole number, got "a"' --problems id.jsonl
refuses 'size.jsonl:1: boxes[0]: size: wanted a list of 3 numbers' --problems size.jsonl
refuses 'flat.jsonl:1: boxes[0]: size[2]: wanted a size above 0, got 0' --problems flat.jsonl
refuses 'turn.jsonl:1: boxes[0]: quaternion_xyzw: wanted a quaternion of length 1' --problems turn.jsonl
refuses 'few.jsonl:1: goal_configuration: wanted a number for each of 7 joints, got 6' --problems few.jsonl
refuses "named.jsonl:1: wanted different names, got 'can'" --problems named.jsonl
refuses 'text.jsonl:1: cylinders[0]: height: wanted a size above 0, got "tall"' --problems text.jsonl
fails 'far.jsonl:1: ExactCheck: wanted everything within 10 km' --problems far.jsonl
refuses 'xarm.jsonl:1: joints: wanted those of the robot, panda_joint1' --problems xarm.jsonl
refuses '--meshes: wanted a folder' --meshes absent
mkdir few && cp "$reference"/panda/meshes/collision/link?.stl few
refuses 'of each of the robot' --meshes few
refuses 'absent/out.json' --json absent/out.json
refuses 'absent/out.csv' --solutions absent/out.csv
summary
