// SPDX-License-Identifier: Apache-2.0
#include "mace/metrics/mmd.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "mace/core/philox.hpp"

using namespace mace;

namespace {

std::vector<Vec<2>> normal(std::size_t count, std::uint32_t name, float mean) {
  Random random({91, Stream::evaluation, 0}, name);
  std::vector<Vec<2>> points(count);
  for (auto& p : points) p = {mean + random.normal(), mean + random.normal()};
  return points;
}

/// Of N(0, 1) and N(mean, 1) in both coordinates, by integration: a Gaussian kernel of width s makes Gaussians of 2 +
/// s^2.
double exact(double mean, double width) {
  const double square = width * width, wide = 2 + square;
  return 2 * square / wide * (1 - std::exp(-0.5 * 2 * mean * mean / wide));
}

}  // namespace

TEST_CASE("the discrepancy is the integral's, and has no bias where there is none") {
  for (const double width : {0.5, 1.5}) {
    CAPTURE(width);
    const auto zero = normal(1500, 1, 0), one = normal(1500, 2, 1), other = normal(1500, 3, 0);
    CHECK(std::abs(mmd_squared<2>({zero}, {one}, width) / exact(1, width) - 1) < 0.08);
    CHECK(std::abs(mmd_squared<2>({zero}, {other}, width)) < 0.002);
  }
}

TEST_CASE("weights make one distribution of another") {
  const auto zero = normal(1500, 4, 0), one = normal(1500, 5, 1);
  std::vector<double> towards_one;  // the ratio of the densities
  for (const auto& p : zero) towards_one.push_back(std::exp(static_cast<double>(p[0] + p[1]) - 1));
  CHECK(mmd_squared<2>({zero}, {one}, 1) > 0.15);
  CHECK(std::abs(mmd_squared<2>({zero, towards_one}, {one}, 1)) < 0.01);
}

TEST_CASE("the median distance is that of a Gaussian's points, and bad input is refused") {
  // The distance of two is sqrt(2) times Rayleigh's.
  CHECK(median_distance<2>(normal(3000, 6, 0)) == doctest::Approx(std::sqrt(4 * std::log(2.0))).epsilon(0.03));
  const auto one = normal(1, 7, 0), two = normal(2, 8, 0);
  CHECK_THROWS_WITH_AS(mmd_squared<2>({two}, {two}, 0), "mmd_squared: wanted a width above 0, got 0", Error);
  CHECK_THROWS_AS(mmd_squared<2>({one}, {two}, 1), Error);
  CHECK_THROWS_AS(median_distance<2>(one), Error);
}
