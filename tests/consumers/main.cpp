// SPDX-License-Identifier: Apache-2.0
// The smallest program that uses the library.
#include <mace/cpu.hpp>

int main() {
  auto exec = mace::cpu({.seed = 7, .threads = 1});
  static_cast<void>(exec);
}
