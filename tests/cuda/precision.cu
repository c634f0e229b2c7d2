// SPDX-License-Identifier: Apache-2.0
// What rounding the factors of matrix products to TF32 does to a task of the paper's: to a round's elites, and to the
// posterior.
#include <doctest/doctest.h>

#include "cuda/support.cuh"
#include "support/completion.hpp"

using namespace mace;

TEST_CASE("cuda: a precision that it does not have is refused") {
  CHECK_THROWS_WITH_AS(cuda({.precision = Precision::bf16}), "cuda: wanted Precision::fp32 or tf32, got bf16", Error);
}

TEST_SUITE("whole tasks") {
  TEST_CASE("TF32 changes few of the elites, and the posterior hardly") {
    const test::Completion<Cuda> exact(cuda({.seed = 5})), rounded(cuda({.seed = 5, .precision = Precision::tf32}));
    MESSAGE("TF32: ", exact.missing(rounded), " of ", exact.elites,
            " elites of the first round changed; mean score after 16 rounds ", rounded.score, ", in single precision ",
            exact.score);
    CHECK(exact.missing(rounded) <= exact.elites / 2);
    CHECK(std::abs(rounded.score - exact.score) < 0.1);
  }
}
