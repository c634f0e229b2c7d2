// SPDX-License-Identifier: Apache-2.0
#include "mace/posterior/weights.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

using namespace mace;

TEST_CASE("logarithms are added where their exponentials would overflow or vanish") {
  CHECK(weights::log_add(1000, 1000) == doctest::Approx(1000 + std::log(2.0)));
  CHECK(weights::log_add(-1000, -1001) == doctest::Approx(-1000 + std::log1p(std::exp(-1.0))));
  CHECK(weights::log_add(weights::infeasible, 3) == 3);
  CHECK(weights::log_add(weights::infeasible, weights::infeasible) == weights::infeasible);
  for (const double other : {weights::infeasible, 0.0}) {
    CHECK(std::isnan(weights::log_add(other, std::nan(""))));
    CHECK(std::isnan(weights::log_add(std::nan(""), other)));
  }
  CHECK(weights::log_sum(std::array{-1e5, -1e5, -1e5, weights::infeasible}) == doctest::Approx(-1e5 + std::log(3.0)));
  CHECK(weights::log_sum({}) == weights::infeasible);
}

TEST_CASE("the effective number of samples is all of them, one, or between") {
  CHECK(weights::effective_samples(std::array{-7.0, -7.0, -7.0}) == doctest::Approx(3));
  CHECK(weights::effective_samples(std::array{0.0, -800.0}) == doctest::Approx(1));
  CHECK(weights::effective_samples(std::array{std::log(2.0), 0.0}) == doctest::Approx(9.0 / 5));
  CHECK(weights::effective_samples(std::array{weights::infeasible, weights::infeasible}) == 0);
}

TEST_CASE("resampling takes each sample as often as its share, rounded up or down, and nothing that is infeasible") {
  const std::vector<double> log_weights{weights::infeasible, std::log(0.5),  std::log(0.25),     weights::infeasible,
                                        std::log(0.2),       std::log(0.05), weights::infeasible};
  for (const double u : {0.0, 0.3, 0.999999}) {
    CAPTURE(u);
    std::vector<std::int32_t> indices(10), count(7);
    weights::resample(log_weights, u, indices);
    for (const std::int32_t i : indices) ++count[static_cast<std::size_t>(i)];
    CHECK(count[1] == 5);
    CHECK(count[2] >= 2);
    CHECK(count[2] <= 3);
    CHECK(count[4] == 2);
    CHECK(count[5] <= 1);
    CHECK(count[0] + count[3] + count[6] == 0);
  }
}
