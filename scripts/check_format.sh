#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fails where clang-format would change a tracked source. `--fix` changes it.
set -euo pipefail
cd "$(dirname "$0")/.."

action=(--dry-run -Werror)
if [ "${1:-}" = --fix ]; then action=(-i); fi
git ls-files -z '*.hpp' '*.cpp' '*.cuh' '*.cu' | xargs -0 -r clang-format "${action[@]}"
echo "check_format: ok"
