// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iostream>
#include <string>

namespace mace::test {

/// Whether this program has skipped anything: main.cpp makes its exit status of it.
inline bool skipped = false;

/// Says why this machine cannot check what follows in the test case, which then returns. The program ends with 77,
/// which ctest reports as skipped, unless a check fails, before or afterwards.
inline void skip(const std::string& reason) {
  std::cout << "skipped: " << reason << '\n';
  skipped = true;
}

}  // namespace mace::test
