// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "mace/metrics/c2st_cpu.hpp"
#include "mace/posterior/weights.hpp"

using namespace mace;

namespace {

/// Gaussian points, each coordinate with this mean and deviation.
std::vector<Vec<2>> points(std::size_t count, std::uint32_t name, float mean, float deviation) {
  Random random({77, Stream::evaluation, 0}, name);
  std::vector<Vec<2>> all(count);
  for (auto& p : all) p = {mean + deviation * random.normal(), mean + deviation * random.normal()};
  return all;
}

double test_of(const std::vector<Vec<2>>& a, const std::vector<Vec<2>>& b, int threads = 1) {
  Cpu exec({.threads = threads});
  return c2st<2>(exec, a, b);
}

}  // namespace

TEST_CASE("samples of one distribution cannot be told apart, others as well as the best classifier can") {
  const auto reference = points(1500, 0, 0, 1);
  CHECK(std::abs(test_of(reference, points(1500, 1, 0, 1)) - 0.5) < 0.03);
  // A shift by 1 in both coordinates: the best line is right in Phi(sqrt(2) / 2) = 0.760 of all cases.
  CHECK(std::abs(test_of(reference, points(1500, 2, 1, 1)) - 0.760) < 0.03);
  // Half as wide: within radius r with r^2 = 2/3 ln 4 it is (1 - e^(-2 r^2) + e^(-r^2 / 2)) / 2 = 0.736.
  CHECK(std::abs(test_of(reference, points(1500, 3, 0, 0.5f)) - 0.736) < 0.03);
  CHECK(test_of(reference, points(1500, 4, 20, 1)) > 0.999);
}

TEST_CASE("weighted samples are compared once they are resampled") {
  std::vector<Vec<2>> uniform(20'000), resampled;
  std::vector<double> log_weights;
  Random random({77, Stream::evaluation, 0}, 9);
  for (auto& p : uniform) {
    p = {random.uniform(-4, 4), random.uniform(-4, 4)};
    log_weights.push_back(static_cast<double>(-0.5f * dot(p, p)));
  }
  std::vector<std::int32_t> indices(1500);
  weights::resample(log_weights, 0.5, indices);
  for (const std::int32_t i : indices) resampled.push_back(uniform[static_cast<std::size_t>(i)]);
  const auto reference = points(1500, 0, 0, 1);
  CHECK(std::abs(test_of(reference, resampled) - 0.5) < 0.03);
  uniform.resize(1500);
  CHECK(test_of(reference, uniform) > 0.7);
}

TEST_CASE("units do not matter, nor does the number of threads") {
  auto reference = points(300, 5, 0, 1), samples = points(300, 6, 0.7f, 1);
  const double before = test_of(reference, samples);
  CHECK(test_of(reference, samples, 2) == before);
  for (auto* all : {&reference, &samples})
    for (auto& p : *all) p = {1024 * p[0], p[1] / 1024};
  CHECK(test_of(reference, samples) == doctest::Approx(before).epsilon(0.02));
}

TEST_CASE("too few points and points that are NaN are refused") {
  const auto good = points(20, 7, 0, 1);
  auto bad = good;
  bad[3][1] = numeric::not_a_number;
  CHECK_THROWS_WITH_AS(test_of(good, points(9, 8, 0, 1)), "c2st: wanted 10 points or more on both sides, got 20 and 9",
                       Error);
  CHECK_THROWS_AS(test_of(good, bad), Error);
}
