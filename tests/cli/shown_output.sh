#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What pages show as a program's output is its output, which is the same on every machine.
# Usage: shown_output.sh PROGRAM PAGE...
set -uo pipefail
output=$("$1") || exit 1
status=0
for page in "${@:2}"; do
  # A block without a language, of these lines alone.
  if [[ $'\n'$(cat "$page")$'\n' != *$'\n```\n'"$output"$'\n```\n'* ]]; then
    echo "$page: wanted a block of what $(basename "$1") writes, got none: $output"
    status=1
  fi
done
exit $status
