#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# two_moons refuses arguments that it does not know: exit status 1, one line on stderr, no picture.
# Usage: two_moons_arguments.sh PROGRAM
set -uo pipefail
program=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for arguments in --chek '--check twice' --help; do
  # shellcheck disable=SC2086 # they are several
  errors=$("$program" $arguments 2>&1 >/dev/null)
  status=$?
  [ $status -eq 1 ] && [[ $errors == "two_moons: wanted --check or nothing, got "* ]] && [ -z "$(ls)" ] ||
    { echo "FAILED: $arguments: status $status, $errors, $(ls)"; exit 1; }
done
echo passed
