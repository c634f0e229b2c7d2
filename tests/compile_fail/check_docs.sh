#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks that docs/mistakes.md quotes the sentences that the tests here expect.
set -euo pipefail
cd "$(dirname "$0")/../.."

files=$(grep -o 'tests/compile_fail/[a-z_]*\.cpp' docs/mistakes.md) failed=
for file in $files; do
  sentence=$(sed -n 's|^// expect: ||p' "$file" | paste -sd ' ')
  grep -qF "[$sentence](../$file)" docs/mistakes.md && continue
  echo "docs/mistakes.md: wanted \"$sentence\" for $file" >&2
  failed=yes
done
[ -z "$failed" ] && echo "check_docs: ok"
