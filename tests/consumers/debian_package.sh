#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the Debian package in a build that only installs, looks at it, and unpacks it into WORK/root.
# Usage: debian_package.sh SOURCE WORK VERSION CMAKE CPACK
set -euo pipefail
source=$1 work=$2 version=$3 cmake=$4 cpack=$5
rm -rf "$work"
mkdir -p "$work"
"$cmake" -S "$source" -B "$work/build" > "$work/configure.log"
(cd "$work/build" && "$cpack" -G DEB > "$work/cpack.log")
package=$work/build/libmace-dev_${version}_all.deb

failed() { # TEXT
  echo "FAILED: $1" >&2
  exit 1
}
field() { # NAME WANTED
  local got
  got=$(dpkg-deb --field "$package" "$1")
  [[ $got == $2 ]] || failed "$1: wanted $2, got $got"
}
field Package libmace-dev
field Version "$version"
field Architecture all
field Depends 'nlohmann-json3-dev (>= 3)'
field Section libdevel
field Description 'Model adaptation*tunes a generative model*'

dpkg-deb -x "$package" "$work/root"
for file in include/mace/cpu.hpp share/mace/priors/boxes.safetensors share/cmake/mace/maceConfig.cmake \
  share/pkgconfig/mace.pc share/doc/libmace-dev/copyright; do
  [ -f "$work/root/usr/$file" ] || failed "wanted usr/$file in the package"
done
[ "$(ls "$work/root")" = usr ] || failed "wanted nothing outside /usr, got $(ls "$work/root")"
for component in urdf:tinyxml2 assimp:assimp bullet:bullet; do # is suggested where the package has the component
  config=$work/root/usr/share/cmake/mace/mace_${component%:*}.cmake
  if [ -f "$config" ]; then field Suggests "*lib${component#*:}*"; fi
done
