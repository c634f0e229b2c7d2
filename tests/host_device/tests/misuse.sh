#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: misuse.sh PROGRAM MISUSE MESSAGE. Passes if the program fails by the misuse and says the message; of the misuse
# `nothing`, if it does not fail.
output=$("$1" "$2" 2>&1)
status=$?
echo "$output"
if [ "$2" = nothing ]; then
  [ -z "$output" ] && exit $status
  exit 1
fi
case $status in
  70 | 71) ;;
  *) echo "misuse: wanted exit status 70 or 71, got $status" && exit 1 ;;
esac
case $output in
  *"$3"*) exit 0 ;;
esac
echo "misuse: wanted the message: $3"
exit 1
