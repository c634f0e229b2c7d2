// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <iostream>
#include <string>

namespace mace::test {

/// Whether this program has skipped anything: main.cpp makes its exit status of it.
inline bool skipped = false;

/// Says why this machine cannot check what follows in the test case, which then returns. The program ends with 77,
/// which ctest reports as skipped, unless a check fails, before or afterwards.
inline void skip(const std::string& reason) {
  const auto* const options = doctest::getContextOptions();
  const auto* const test_case = options == nullptr ? nullptr : options->currentTest;
  std::cout << "skipped: " << reason;
  if (test_case != nullptr) std::cout << "; in \"" << test_case->m_name << '"';
  std::cout << '\n';
  skipped = true;
}

}  // namespace mace::test
