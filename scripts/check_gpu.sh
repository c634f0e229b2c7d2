#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks that README.md, and no other page, says what has run on a GPU, between <!-- gpu --> and <!-- /gpu -->, and that it is what
# the receipt of the last run says (scripts/gpu_check.sh); prints which sources have changed since.
# Usage: scripts/check_gpu.sh [--fix]
#   --fix  writes the sentence into the page
set -euo pipefail
cd "$(dirname "$0")/.."
receipt=benchmarks/results/gpu_receipt.json
case ${1:-} in '' | --fix) ;; *) echo "check_gpu: wanted --fix or nothing, got $1" >&2 && exit 2 ;; esac

field() { sed -n "s/^  \"$1\": \"\(.*\)\",\$/\1/p" "$receipt"; }
# section NAME: the lines of an object of the receipt, as `NAME VALUE`
section() { sed -n "/^  \"$1\": {\$/,/^  }/s/^    \"\([^\"]*\)\": \(.*[^,]\),\{0,1\}\$/\1\t\2/p" "$receipt"; }

if [ -e "$receipt" ]; then
  for key in commit device toolkit; do
    [ -n "$(field $key)" ] || { echo "check_gpu: $receipt: wanted a receipt of scripts/gpu_check.sh, got none with a $key" >&2 && exit 1; }
  done
  [ "$(tail -n 1 "$receipt")" = '}' ] || { echo "check_gpu: $receipt: wanted a whole receipt, got one that is cut off" >&2 && exit 1; }
fi

sentence() {
  if [ ! -e "$receipt" ]; then
    echo 'nothing of it has run on a GPU yet'
    return
  fi
  local all passed skipped failed clean='' found='' tool status
  all=$(section tests | wc -l) passed=$(section tests | grep -c '"passed"$' || true) skipped=$(section tests | grep -c '"skipped"$' || true)
  for tool in memcheck racecheck initcheck synccheck; do
    status=$(section steps | sed -n "s/^$tool\t{\"status\": \([0-9]*\),.*/\1/p")
    if [ "$status" = 0 ]; then clean+="${clean:+, }$tool"; else found+="${found:+, }$tool"; fi
  done
  failed=$(section steps | sed -n 's/^\([a-z_0-9]*\)\t{"status": [^0].*/\1/p' | grep -vE '^(mem|race|init|sync)(check)$' | paste -sd ' ' || true)
  echo "on $(field device), with CUDA $(field toolkit), $passed of its $all test cases passed and $skipped were skipped at commit $(field commit | sed -E 's/^(.{12})[0-9a-f]*/\1/');" \
    "of compute-sanitizer's tools ${clean:-none} passed${found:+, $found did not}${failed:+; these steps failed: $failed}"
}

if [ -e "$receipt" ]; then
  changed=$(diff <(section sources | sed 's/\(.*\)\t"\(.*\)"/\2  \1/' | sort) <(scripts/gpu_sources.sh | sort) |
    sed -n 's/^[<>] [0-9a-f]*  //p' | sort -u) || true
  if [ -n "$changed" ]; then
    printf 'check_gpu: not as they were when they last ran on a GPU:\n%s\n' "$changed"
  else
    echo 'check_gpu: all sources are as they were when they last ran on a GPU'
  fi
else
  echo 'check_gpu: nothing has run on a GPU yet'
fi

page=README.md
others=$(grep -rl --include='*.md' -- '<!-- gpu -->' docs examples benchmarks || true)
[ -z "$others" ] || { printf 'check_gpu: wanted <!-- gpu --> in %s alone, got it in\n%s\n' "$page" "$others" >&2 && exit 1; }
[ "$(grep -c '<!-- gpu -->.*<!-- /gpu -->' "$page")" = 1 ] || { echo "check_gpu: $page: wanted one <!-- gpu -->…<!-- /gpu -->" >&2 && exit 1; }
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
SAID=$(sentence) perl -pe 's/(<!-- gpu -->).*(<!-- \/gpu -->)/$1$ENV{SAID}$2/' "$page" > "$fresh"
if [ "${1:-}" = --fix ]; then
  cmp -s "$page" "$fresh" || cat "$fresh" > "$page"
elif ! diff -u --label "$page" --label "$page by the receipt" "$page" "$fresh"; then
  echo 'check_gpu: the page says something else than the receipt; scripts/check_gpu.sh --fix writes it' >&2
  exit 1
fi
