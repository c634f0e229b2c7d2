// SPDX-License-Identifier: Apache-2.0
#include "mace/posterior/regression_adjustment.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "mace/core/philox.hpp"

using namespace mace;

namespace {

/// Samples of a Gaussian, what is seen of each with noise, and how near that is to `seen` for a wide tolerance.
struct Seen {
  std::vector<Vec<2>> samples, outcomes;
  std::vector<double> log_weights;

  Seen(Vec<2> seen, double tolerance) {
    for (std::uint32_t i = 0; i < 40000; ++i) {
      Random random({17, Stream::evaluation, 0}, i);
      const Vec<2> x{random.normal(), random.normal()};
      const Vec<2> y{x[0] + x[1] + 0.3f * random.normal(), x[0] - x[1] + 0.3f * random.normal()};
      samples.push_back(x);
      outcomes.push_back(y);
      const auto off = (y - seen).as<double>();
      log_weights.push_back(-0.5 * dot(off, off) / (tolerance * tolerance));
    }
  }
  auto adjusted(Vec<2> seen) const { return regression_adjusted<2, 2>(samples, log_weights, outcomes, seen); }
};

Vec<2, double> mean_and_deviation(const std::vector<Vec<2>>& points, const std::vector<double>& log_weights, int d) {
  double mean = 0, square = 0, all = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double w = std::exp(log_weights[i]), x = static_cast<double>(points[i][d]);
    all += w, mean += w * x, square += w * x * x;
  }
  return {mean / all, std::sqrt(square / all - mean * mean / (all * all))};
}

}  // namespace

TEST_CASE("a linear Gaussian's posterior comes out of a tolerance that is far too wide") {
  const Vec<2> seen{1, 0.4f};
  const Seen near(seen, 0.8);
  // y = A x + noise with A^T A = 2: the posterior's precision is 1 + 2 / 0.09, its mean A^T y / 0.09 over that.
  const double precision = 1 + 2 / 0.09, mean[2] = {1.4 / 0.09 / precision, 0.6 / 0.09 / precision};
  const auto adjusted = near.adjusted(seen);
  for (int d = 0; d < 2; ++d) {
    CHECK(mean_and_deviation(near.samples, near.log_weights, d)[1] > 2 / std::sqrt(precision));
    const auto found = mean_and_deviation(adjusted, near.log_weights, d);
    CHECK(std::abs(found[0] - mean[d]) < 0.01);
    CHECK(std::abs(found[1] * std::sqrt(precision) - 1) < 0.03);
  }
}

TEST_CASE("what never varies, or says the same twice, moves nothing") {
  const Seen near({1, 0.4f}, 0.8);
  std::vector<Vec<4>> outcomes;
  for (const auto& y : near.outcomes) outcomes.push_back({y[0], y[1], y[0], 7});
  const auto twice = regression_adjusted<2, 4>(near.samples, near.log_weights, outcomes, {1, 0.4f, 1, 7});
  const auto once = near.adjusted({1, 0.4f});
  for (std::size_t i = 0; i < once.size(); i += 1000) CHECK(norm(once[i] - twice[i]) < 1e-4f);
}

TEST_CASE("samples of no weight may be anything, others may not") {
  Seen near({1, 0.4f}, 0.8);
  near.outcomes[3][0] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH_AS(near.adjusted({1, 0}),
                       doctest::Contains("wanted finite samples and outcomes, got one that is not at place 3"), Error);
  near.log_weights[3] = weights::infeasible;
  CHECK(std::isfinite(near.adjusted({1, 0})[4][0]));
  CHECK_THROWS_WITH_AS(near.adjusted({1, std::numeric_limits<float>::infinity()}),
                       doctest::Contains("wanted a finite observation"), Error);
  near.log_weights.assign(near.samples.size(), weights::infeasible);
  CHECK_THROWS_WITH_AS(near.adjusted({1, 0}), doctest::Contains("wanted samples of some weight"), Error);
  near.log_weights.pop_back();
  CHECK_THROWS_WITH_AS(near.adjusted({1, 0}), doctest::Contains("got 39999 and 40000"), Error);
}
