#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks that the README's code is what the examples run. A block of C++ in the README follows a line
#   <!-- excerpt N of FILE -->
# and is the N-th part of FILE that stands between two lines `// [readme]`, moved to the left margin. Every such part is
# shown.
# Usage: scripts/check_readme.sh [--fix]
#   --fix  writes the excerpts into the README
set -euo pipefail
cd "$(dirname "$0")/.."

# The README with every excerpt as it is in its file; fails if one is missing on either side.
fresh=$(awk '
function bad(text) {
  print "README.md: " text > "/dev/stderr"
  failed = 1
}
# Reads the excerpts of `file` into excerpt[file, 1 ...].
function read_excerpts(file,    line, inside, n, margin) {
  while ((status = (getline line < file)) > 0) {
    if (line ~ /^[ \t]*\/\/ \[readme\]$/) {
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
  if (status < 0) bad("no file " file)
  if (inside) bad(file ": the last `// [readme]` closes nothing")
  close(file)
  count[file] = n + 0
}
/^<!-- excerpt [0-9]+ of .* -->$/ {
  number = $3
  file = $5
  if (!(file in count)) read_excerpts(file)
  if (!((file, number) in excerpt)) bad("no excerpt " number " in " file)
  shown[file, number] = 1
  wanted = 1
}
in_block && /^```$/ { in_block = 0 }
in_block { next }
{ print }
/^```cpp$/ {
  if (!wanted) bad("line " FNR ": a block of C++ that is no excerpt")
  printf "%s", excerpt[file, number]
  in_block = 1
  wanted = 0
}
END {
  if (wanted) bad("no block of C++ follows the last excerpt line")
  for (file in count)
    for (n = 1; n <= count[file]; ++n)
      if (!((file, n) in shown)) bad("does not show excerpt " n " of " file)
  if (!length(shown)) bad("shows no excerpt")
  exit failed
}' README.md)

if [ "${1:-}" = --fix ]; then
  printf '%s\n' "$fresh" > README.md
elif ! diff -u --label README.md --label 'README.md with the examples'\'' code' README.md <(printf '%s\n' "$fresh"); then
  echo "check_readme: the README's code is not that of the examples; scripts/check_readme.sh --fix copies it"
  exit 1
fi
echo "check_readme: ok"
