// SPDX-License-Identifier: Apache-2.0
// What rounding a frozen network's products to bfloat16 does to a task of the paper's: to a round's elites, and to the
// posterior.
#include <doctest/doctest.h>

#include "mace/cpu.hpp"
#include "support/completion.hpp"
#include "support/machine.hpp"

using namespace mace;

TEST_CASE("bf16 changes few of the elites, and the posterior hardly") {
  if (!test::has_bf16()) return;
  const test::Completion<Cpu> exact(Cpu({.seed = 5})), rounded(Cpu({.seed = 5, .precision = Precision::bf16}));
  MESSAGE("bf16: ", exact.missing(rounded), " of ", exact.elites,
          " elites of the first round changed; mean score after 16 rounds ", rounded.score, ", in single precision ",
          exact.score);
  CHECK(exact.missing(rounded) <= exact.elites / 2);
  CHECK(std::abs(rounded.score - exact.score) < 0.1);
  CHECK(rounded.score != exact.score);  // or nothing was rounded
}
