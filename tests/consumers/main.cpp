// SPDX-License-Identifier: Apache-2.0
// The smallest program that uses the library.
#include <mace/cpu.hpp>
#ifdef WITH_URDF
#include <mace/robot/urdf.hpp>
#endif

int main() {
  auto exec = mace::cpu({.seed = 7, .threads = 1});
  static_cast<void>(exec);
#ifdef WITH_URDF
  try {
    mace::read_urdf_chain("missing.urdf", "tip");
    return 1;
  } catch (const mace::Error&) {
  }
#endif
}
