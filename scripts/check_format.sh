#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fails where clang-format would change a tracked source, or a line, a comment say, is longer than it allows. `--fix`
# changes the former.
set -euo pipefail
cd "$(dirname "$0")/.."

action=(--dry-run -Werror)
if [ "${1:-}" = --fix ]; then action=(-i); fi
git ls-files -z '*.hpp' '*.cpp' '*.cuh' '*.cu' | xargs -0 -r clang-format "${action[@]}"
long_lines=$(git ls-files -z '*.hpp' '*.cpp' '*.cuh' '*.cu' | LC_ALL=C.UTF-8 xargs -0 -r grep -nE '^.{121,}$' || true)
if [ -n "$long_lines" ]; then
  printf 'check_format: wanted lines of at most 120 characters, got\n%s\n' "$long_lines" >&2
  exit 1
fi
echo "check_format: ok"
