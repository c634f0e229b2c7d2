// SPDX-License-Identifier: Apache-2.0
#include "mace/metrics/calibration.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "mace/core/philox.hpp"

using namespace mace;

namespace {

/// Ranks over observations with noise 1 of a number from N(0, 1), whose posterior is N(y / 2, 1 / 2): by samples of
/// that with another mean and width, drawn uniformly and weighted.
std::vector<double> ranks(double shift, double width) {
  std::vector<double> all;
  for (std::uint32_t observation = 0; observation < 300; ++observation) {
    Random random({55, Stream::evaluation, 0}, observation);
    const double truth = static_cast<double>(random.normal()), seen = truth + static_cast<double>(random.normal());
    std::vector<double> samples, weights;
    for (int i = 0; i < 2000; ++i) {
      samples.push_back(static_cast<double>(random.uniform(-5, 5)));
      const double off = (samples.back() - 0.5 * seen - shift) / width;
      weights.push_back(std::exp(-off * off));
    }
    all.push_back(calibration::rank(truth, samples, weights));
  }
  return all;
}

}  // namespace

TEST_CASE("ranks are the weight below the truth, ties shared") {
  const std::vector<double> samples{1, 2, 3}, weights{1, 2, 5};
  CHECK(calibration::rank(0, samples, weights) == 0);
  CHECK(calibration::rank(2, samples, weights) == doctest::Approx(2.0 / 8));
  CHECK(calibration::rank(2.5, samples, weights) == doctest::Approx(3.0 / 8));
  CHECK(calibration::rank(9, samples, weights) == 1);
  CHECK_THROWS_WITH_AS(calibration::rank(0, samples, std::vector<double>(3)),
                       "calibration::rank: wanted samples of some weight, got 3 of none", Error);
  CHECK_THROWS_AS(calibration::rank(0, samples, std::vector<double>(2)), Error);
}

TEST_CASE("right posteriors pass, narrowed, widened and shifted ones do not") {
  const auto right = ranks(0, 1);
  CHECK(calibration::uniformity(right) > 0.01);
  CHECK(std::abs(calibration::coverage(right, 0.9) - 0.9) < 0.05);
  CHECK(calibration::uniformity(ranks(0, 0.5)) < 0.01);
  CHECK(calibration::coverage(ranks(0, 0.5), 0.9) < 0.75);
  CHECK(calibration::uniformity(ranks(0, 2)) < 0.01);
  CHECK(calibration::uniformity(ranks(0.3, 1)) < 0.01);
}

TEST_CASE("central shares see a width that ranks hardly see, and are what coverage counts") {
  const std::vector<double> three{0, 0.5, 0.95};
  const auto shares = calibration::central(three);
  CHECK(shares[0] == 1);
  CHECK(shares[1] == 0);
  CHECK(shares[2] == doctest::Approx(0.9));
  const auto right = ranks(0, 1), narrow = ranks(0, 0.75);
  CHECK(calibration::uniformity(calibration::central(right)) > 0.01);
  CHECK(calibration::uniformity(calibration::central(narrow)) < 1e-3);
  CHECK(calibration::uniformity(calibration::central(narrow)) < 0.1 * calibration::uniformity(narrow));
}

TEST_CASE("the p-value is that of the tables, and uniform where the ranks are") {
  // The tables' critical values of 10, 5 and 1 %: 1.224, 1.358 and 1.628, of the distance times sqrt(n) + 0.12 + 0.11 /
  // sqrt(n).
  for (const auto& [critical, p] : {std::pair{1.224, 0.1}, std::pair{1.358, 0.05}, std::pair{1.628, 0.01}}) {
    std::vector<double> late;
    for (int i = 1; i <= 100; ++i) late.push_back(std::max(0.0, i / 100.0 - critical / (10 + 0.12 + 0.011)));
    CHECK(std::abs(calibration::uniformity(late) - p) < 0.001);
  }
  int small = 0;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    Random random({56, Stream::evaluation, 0}, i);
    std::vector<double> uniform(50);
    for (double& u : uniform) u = static_cast<double>(random.uniform());
    small += calibration::uniformity(uniform) < 0.1 ? 1 : 0;
  }
  CHECK(std::abs(small / 2000.0 - 0.1) < 0.02);
}
