#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# reach_obstacles writes report.html, does without where its page was not built, and finds the same whether it writes it
# or not. Few steps, so that it takes seconds.
# Usage: reach_obstacles_report.sh PROGRAM SOURCE_DIR PAGE
set -uo pipefail
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
page=$3
flags=(--prior "$2/priors/panda.safetensors" --seed 4 --threads 2)

for mode in mace posterior is; do
  samples=tuned
  few=(--mode $mode --samples 256 --steps 20 --steps-per-round 1)
  if [ $mode = posterior ]; then
    samples=posterior
    few=(--mode $mode --samples 3000 --steps 10 --steps-per-round 5 --batches 2 --width 0.05)
  fi
  "$program" "${flags[@]}" "${few[@]}" --json "$mode.alone.json" >stdout 2>stderr
  expect "$mode without a folder" [ $? -eq 0 ]
  "$program" "${flags[@]}" "${few[@]}" --out "$mode" --json "$mode.json" >stdout 2>stderr
  expect "$mode with a folder" [ $? -eq 0 ]
  expect "$mode: the same results" same_results "$mode.alone.json" "$mode.json"
  if [ -e "$page" ]; then
    expect "$mode: a report with a run in it" grep -q '<script id="run" type="application/json">{"version":1,' "$mode/report.html"
    expect "$mode: from the prior to what was found" grep -q '"label":"prior".*"label":"'$samples'"' "$mode/report.html"
    expect "$mode: of at most 8 MB" [ "$(stat -c %s "$mode/report.html")" -le 8000000 ]
    expect "$mode: no word of it" [ "$(grep -c 'report.html' stderr)" -eq 0 ]
  fi
done

# The same program, built where there is no page.
sed "s|$page|${page%report.html}absent.html|" "$program" >elsewhere
chmod +x elsewhere
cases=$((cases + 1))
cmp -s "$program" elsewhere && failed 'the place of the page was not found in the program'
mkdir none
echo 'of an older run' >none/report.html
./elsewhere "${flags[@]}" --steps 8 --out none --json none.json >stdout 2>stderr
expect 'a run without a page ends well' [ $? -eq 0 ]
expect 'one line says so' [ "$(grep -cv '^tuning: ' stderr)" -eq 1 ]
expect 'and why' grep -q '^no report.html: the page was not built, which takes npm (wanted .*/absent.html)$' stderr
expect 'all but the report is there' [ -s none/reach_obstacles.png -a -s none/tuned.csv -a -s none.json ]
expect 'no report, not even an older one' [ ! -e none/report.html ]
summary
