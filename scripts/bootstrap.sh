#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what a build needs and this machine lacks (Debian and its derivatives).
# Usage: scripts/bootstrap.sh [--all | --docs]
#   --all   also what only the full test run needs: clang, clang-format, Google Benchmark, libraries it compares with,
#           Chromium, and what makes the manual
#   --docs  what makes the manual, and nothing else
set -euo pipefail

packages=(g++ cmake ninja-build git pkg-config python3 libeigen3-dev libnanoflann-dev doctest-dev nlohmann-json3-dev
          libcli11-dev libcairo2-dev fonts-dejavu-core libtinyxml2-dev libbullet-dev
          liborocos-kdl-dev)
if ! command -v npm > /dev/null; then packages+=(nodejs npm); fi # Node.js of another source brings its own npm
manual=(git mkdocs-material doxygen)
if [ "${1:-}" = --all ]; then
  packages+=("${manual[@]}" clang-16 libclang-rt-16-dev clang-tidy-16 clang-19 clang-format libbenchmark-dev libopenblas-dev libfcl-dev
             liburdfdom-dev)
  if ! command -v chromium > /dev/null; then packages+=(chromium); fi
elif [ "${1:-}" = --docs ]; then
  packages=("${manual[@]}")
fi

if ! command -v apt-get > /dev/null; then
  echo "bootstrap: no apt-get here; make sure that these are installed: ${packages[*]}"
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "bootstrap: nothing to install"
  exit 0
fi

echo "bootstrap: installing ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
