#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The consumer's program built without CMake, by mace.pc of an installation that is not where it was configured to be.
# Usage: pkg_config.sh PREFIX VERSION COMPILER
set -euo pipefail
prefix=$1 version=$2 compiler=$3
export PKG_CONFIG_PATH=$prefix/share/pkgconfig
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
main=${BASH_SOURCE[0]%/*}/main.cpp

is() { # WHAT GOT WANTED
  [ "$2" = "$3" ] || { echo "$1: wanted $3, got $2" && exit 1; }
}

is version "$(pkg-config --modversion mace)" "$version"
is 'what it requires' "$(pkg-config --print-requires mace)" 'nlohmann_json >= 3'
is 'the include path' "$(realpath "$(pkg-config --variable=includedir mace)")" "$(realpath "$prefix/include")"
[ -f "$(pkg-config --variable=priorsdir mace)/boxes.safetensors" ] || { echo 'wanted the priors in priorsdir' && exit 1; }

read -ra flags <<< "$(pkg-config --cflags --libs mace)"
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wdouble-promotion -Wold-style-cast -Wshadow -Werror)
"$compiler" -std=c++20 "${warnings[@]}" "$main" "${flags[@]}" -o "$work/consumer"
"$work/consumer"

# The standard is the program's to choose, and one that is too old is refused with a sentence, which comes first.
errors=$("$compiler" -std=c++17 -Wfatal-errors -fsyntax-only "$main" "${flags[@]}" 2>&1) && { echo 'wanted C++17 refused' && exit 1; }
grep -q 'mace: compile as C++20 or newer' <<< "$errors" || { echo "wanted the sentence, got $errors" && exit 1; }
