#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks that the pages' code is what the examples and tests run. A block of C++ in a page follows a line
#   <!-- excerpt N of FILE -->
# and is the N-th part of FILE that stands between two lines `// [excerpt]`, moved to the left margin. Every such part is
# shown in some page.
# Usage: scripts/check_excerpts.sh [--fix]
#   --fix  writes the excerpts into the pages
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t pages < <(git ls-files '*.md')
mapfile -t sources < <(git grep -lE '^[[:blank:]]*// \[excerpt\]$' -- '*.cpp' '*.hpp')
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
cp --parents "${pages[@]}" "$fresh"

# Every page with its excerpts as they are in their files; fails if one is missing on either side.
awk -v fresh="$fresh" -v sources="${sources[*]}" '
function bad(text) {
  print text > "/dev/stderr"
  failed = 1
}
# Reads the excerpts of `file` into excerpt[file, 1 ...].
function read_excerpts(file,    line, inside, n, margin) {
  while ((status = (getline line < file)) > 0) {
    if (line ~ /^[ \t]*\/\/ \[excerpt\]$/) {
      inside = !inside
      if (inside) {
        excerpt[file, ++n] = ""
        match(line, /^[ \t]*/)
        margin = RLENGTH
      }
    } else if (inside) {
      if (substr(line, 1, margin) ~ /[^ \t]/) bad(file ": a line of excerpt " n " begins left of its marker: " line)
      excerpt[file, n] = excerpt[file, n] substr(line, margin + 1) "\n"
    }
  }
  if (inside) bad(file ": the last `// [excerpt]` closes nothing")
  close(file)
  count[file] = n + 0
}
function end_page() {
  if (wanted) bad(page ": no block of C++ follows the last excerpt line")
  wanted = in_block = 0
}
BEGIN {
  split(sources, names, " ")
  for (i in names) read_excerpts(names[i])
}
FNR == 1 {
  end_page()
  page = FILENAME
  out = fresh "/" page
  printf "" > out
}
/^<!-- excerpt [0-9]+ of .* -->$/ {
  number = $3
  file = $5
  if (!((file, number) in excerpt)) bad(page ": no excerpt " number " in " file)
  shown[file, number] = wanted = 1
}
in_block && /^```$/ { in_block = 0 }
in_block { next }
{ print > out }
/^```cpp$/ {
  if (!wanted) bad(page ": line " FNR ": a block of C++ that is no excerpt")
  printf "%s", excerpt[file, number] > out
  in_block = 1
  wanted = 0
}
END {
  end_page()
  for (file in count)
    for (n = 1; n <= count[file]; ++n)
      if (!((file, n) in shown)) bad("no page shows excerpt " n " of " file)
  if (!length(shown)) bad("no page shows an excerpt")
  exit failed
}' "${pages[@]}" || { echo "check_excerpts: failed" >&2; exit 1; }

if [ "${1:-}" = --fix ]; then
  for page in "${pages[@]}"; do cmp -s "$page" "$fresh/$page" || cp "$fresh/$page" "$page"; done
else
  for page in "${pages[@]}"; do
    diff -u --label "$page" --label "$page with the code that runs" "$page" "$fresh/$page" || failed=yes
  done
  if [ -n "${failed:-}" ]; then
    echo "check_excerpts: a page's code is not what runs; scripts/check_excerpts.sh --fix copies it" >&2
    exit 1
  fi
fi
echo "check_excerpts: ok"
