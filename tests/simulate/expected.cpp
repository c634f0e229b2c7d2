// SPDX-License-Identifier: Apache-2.0
#include "mace/simulate/expected.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "mace/score/expected.hpp"
#include "support/executor.hpp"

using namespace mace;

namespace {

/// A number, measured with noise of deviation 1.
struct Noisy {
  using Sample = float;
  using Outcome = float;
  MACE_HD float operator()(float x, Random& random) const { return x + random.normal(); }
};

/// How near a measurement is to 0, with a deviation of 0.5; beyond 4 it is infeasible.
struct Near {
  using Outcome = float;
  MACE_HD float operator()(float y) const { return y > 4 ? -numeric::infinity : -0.5f * (y / 0.5f) * (y / 0.5f); }
};

}  // namespace

TEST_CASE("the expected score is that of the noise and the score together, and its estimate has no bias") {
  constexpr int draws = 16;
  auto exec = test::executor({.seed = 3, .threads = 2});
  const auto samples = exec.upload(std::vector<float>(20000, 0.7f));
  const auto outcomes = exec.allocate<Draws<float, draws>>(samples.size());
  Expected<Noisy, draws> simulator;
  ExpectedScore<Near, draws> score;
  simulate(exec, simulator, std::span<const float>(samples.span()), outcomes.span(), {3, Stream::simulator, 0});
  double mean = 0, square = 0;
  for (const float l : test::filled<float>(exec, 20000, [&](std::span<float> log_scores) {
         score_outcomes(exec, score, std::span<const Draws<float, draws>>(outcomes.span()), log_scores);
       })) {
    const double s = std::exp(static_cast<double>(l));
    mean += s / 20000, square += s * s / 20000;
  }
  // A Gaussian of both variances, times the score's own width over theirs together.
  const double expected = 0.5 / std::sqrt(1.25) * std::exp(-0.5 * 0.49 / 1.25);
  CHECK(mean == doctest::Approx(expected).epsilon(0.005));
  // The variance of a mean of 16: that of one draw is E S^2 - (E S)^2, S^2 being a score of deviation 0.5 / sqrt(2).
  const double single = std::sqrt(0.125 / 1.125) * std::exp(-0.5 * 0.49 / 1.125) - expected * expected;
  CHECK(square - mean * mean == doctest::Approx(single / draws).epsilon(0.05));
}

TEST_CASE("one draw that is feasible is enough, one that is NaN is told, and far scores do not vanish") {
  const ExpectedScore<Near, 3> score;
  CHECK(score({{5, 5, 0}}) == doctest::Approx(-std::log(3.0)));
  CHECK(score({{5, 6, 7}}) == -numeric::infinity);
  CHECK(std::isnan(score({{0, numeric::not_a_number, 0}})));
  CHECK(score({{-40, -40, -40}}) == doctest::Approx(-3200));
}
