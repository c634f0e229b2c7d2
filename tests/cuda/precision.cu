// SPDX-License-Identifier: Apache-2.0
// What rounding the factors of matrix products to TF32 does to a task of the paper's: to a round's elites, and to the
// posterior.
#include <doctest/doctest.h>

#include "completion.hpp"
#include "cuda/support.cuh"

using namespace mace;

TEST_SUITE("whole tasks") {
  TEST_CASE("TF32 changes few of the elites, and the posterior hardly") {
    const completion::Completion<Cuda> exact(cuda({.seed = 5})),
        rounded(cuda({.seed = 5, .precision = Precision::tf32}));
    MESSAGE("TF32: ", exact.missing(rounded), " of ", completion::elites,
            " elites of the first round changed; mean score after 16 rounds ", rounded.score, ", in single precision ",
            exact.score);
    CHECK(exact.missing(rounded) <= completion::elites / 2);
    CHECK(std::abs(rounded.score - exact.score) < 0.1);
  }
}
