#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks that priors/README.md gives the SHA-256 of every file of that folder, and no other.
set -euo pipefail
cd "$(dirname "$0")/../priors"

listed=$(sed -nE 's/^\| `([^`]+)` \| `([0-9a-f]{64})` \|.*/\2  \1/p' README.md)
sha256sum --check --strict --quiet <<< "$listed"
diff -u --label "listed in priors/README.md" --label "in priors" \
  <(cut -c 67- <<< "$listed" | sort) <(git ls-files ':!README.md' | sort)
echo "check_priors: ok"
