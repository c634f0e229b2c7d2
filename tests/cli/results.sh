#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# scripts/results.py writes the tables of stored results into pages, tells a page that says something else, and refuses
# results that do not say how they were measured. benchmarks/record.py stores such results.
# Usage: results.sh SCRIPT
set -uo pipefail
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
source=$(dirname "$program")/..
record=$(realpath "$source/benchmarks/record.py")
mkdir -p project/scripts project/benchmarks/results
cp "$source"/scripts/{results,performance_tables}.py project/scripts
cd project || exit 1
cat > benchmarks/results/performance.json << 'JSON'
{
  "command": "benchmarks/speed/run.sh --repeats 2", "repeats": 2, "threads": 2,
  "machine": {
    "load_start": "1.50 1.20 1.00 1/80 1000",
    "cpu": "A processor", "cores": 2, "commit": "0123abc", "date": "2026-01-01 00:00 UTC"
  },
  "tasks": {
    "completion.ours": {"seconds": {"median": 1.0}, "score": {"median": 0.75}},
    "completion.torch-once": {"seconds": {"median": 3.0}, "score": {"median": 0.5},
                              "ratio": {"of_medians": 3.0, "of_turns": [2.5, 3.5]}},
    "shape.ours": "failed: no memory", "shape.torch-once": "not installed",
    "cwall.ours": "not installed", "cwall.torch-once": "not installed",
    "box.ours": "not installed", "box.torch-once": "not installed"
  }
}
JSON
git init --quiet . && git config core.excludesFile /dev/null

page() { # LINE...: the only page, tracked
  printf '%s\n' "$@" > page.md
  git add page.md
}
tells() { # WORDS: results.py fails with them, in its last line
  if scripts/results.py > stdout 2> stderr; then failed "wanted a failure with \"$1\""; fi
  expect "$1" grep -q "$1" <(tail -n 1 stderr)
}
file=benchmarks/results/performance.json
run=("<!-- results run of $file -->" '<!-- /results -->') tasks=("<!-- results tasks_in_short of $file -->" '<!-- /results -->')

page "${run[@]}" "${tasks[@]}"
tells 'a page says something else'
expect '--fix writes' scripts/results.py --fix
expect 'what it wrote passes' scripts/results.py
expect 'the table is there' grep -qxF '| box completion | 1.00 | 3.00 | 3.00 | 0.750, 0.500 |' page.md
expect 'with what is missing' grep -qxF '| shape from contacts | failed: no memory | not installed |  |  |' page.md
expect 'and the machine' grep -q 'run.sh --repeats 2. at commit 0123abc, 2026-01-01 00:00 UTC; A processor, 2 cores' page.md
expect 'and that it was busy' grep -q 'not idle.*: the load average was 1.50' page.md
sed -i '/^| box completion/s/1.00/1.01/' page.md
tells 'a page says something else'
page "${run[@]}"
tells 'wanted a page with the run and a table'
page "${run[@]}" "${tasks[0]/tasks_in_short/weather}" "${tasks[1]}"
tells 'wanted one of the tables .*, got weather'
page "${run[@]}" "${tasks[0]}"
tells 'closed by <!-- /results -->'
page "${run[@]}" "${tasks[0]/performance/nothing}" "${tasks[1]}"
tells 'wanted a file of results, got benchmarks/results/nothing.json'
page "${run[@]}" "${tasks[@]}"
sed -i '/"load_start"/d' $file
tells 'wanted a machine with its load_start'
printf '{' > $file
tells 'wanted JSON'

cat > measure << 'SH'
#!/bin/sh
[ "$1" = answer ] && echo '{"is": 42}' > "$3"
SH
chmod +x measure
expect 'a run is recorded' "$record" --loaded out.json ./measure answer
expect 'with its command' grep -q '"command": "measure answer"' out.json
expect 'the load' grep -q '"load_start": "[0-9]' out.json
expect 'and what it said' grep -q '"is": 42' out.json
if "$record" --loaded failed.json ./measure nothing > stdout 2> stderr; then failed 'a program that fails is an error'; fi
expect 'and leaves nothing' [ ! -e failed.json ]
summary
