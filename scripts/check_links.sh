#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks that every relative link of the tracked Markdown names a file that is there, and every anchor a heading. An anchor
# is one that GitHub and the built site agree on: ASCII, its hyphens single. Links are inline, `](to)` or `src="to"`.
# Usage: scripts/check_links.sh
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t pages < <(git ls-files '*.md')
# "anchor PAGE NAME" for every heading, "link PAGE LINE TARGET" for every relative link.
found=$(LC_ALL=C awk '
FNR == 1 { in_code = 0 }
/^ *```/ { in_code = !in_code }
in_code { next }
/^#+ / {
  name = tolower($0)
  sub(/^#+ +/, "", name)
  gsub(/\]\([^)]*\)/, "", name)
  gsub(/[^a-z0-9 _-]/, "", name)
  gsub(/ /, "-", name)
  print "anchor", FILENAME, name
}
{
  gsub(/`[^`]*`/, "")
  while (match($0, /\]\([^)]*\)|src="[^"]*"/)) {
    target = substr($0, RSTART, RLENGTH)
    $0 = substr($0, RSTART + RLENGTH)
    gsub(/^\]\(|\)$|^src="|"$/, "", target)
    if (target !~ /^[a-z]+:/) print "link", FILENAME, FNR, target
  }
}' "${pages[@]}")

declare -A anchors tracked
while read -r path; do
  while [ "$path" != . ]; do
    tracked[$path]=yes
    if [[ $path == */* ]]; then path=${path%/*}; else path=.; fi
  done
done < <(git ls-files)
links=0
while read -r kind page name rest; do
  if [ "$kind" = anchor ]; then anchors[$page#$name]=$((${anchors[$page#$name]:-0} + 1)); fi
done <<< "$found"
bad() { echo "$1" >&2; failed=yes; }
while read -r kind page line target; do
  [ "$kind" = link ] || continue
  links=$((links + 1))
  path=${target%%#*}
  file=$page
  if [ -n "$path" ]; then file=$(realpath -ms --relative-to=. "$(dirname "$page")/$path"); fi
  if [ -z "${tracked[$file]:-}" ]; then
    bad "$page:$line: wanted a file or folder of the repository, got a link to $target"
  elif [[ $target == *#* && $file == *.md ]]; then
    anchor=${target#*#}
    if [[ ! $anchor =~ ^[a-z0-9_]+(-[a-z0-9_]+)*$ || ${anchors[$file#$anchor]:-0} -ne 1 ]]; then
      bad "$page:$line: wanted the one heading of that anchor in $file, got ${anchors[$file#$anchor]:-0} of #$anchor"
    fi
  fi
done <<< "$found"
[ "$links" -gt 0 ] || bad "wanted links, found none"
if [ -n "${failed:-}" ]; then exit 1; fi
echo "check_links: ok, $links links"
