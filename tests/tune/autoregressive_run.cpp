// SPDX-License-Identifier: Apache-2.0
// Whole runs over an autoregressive model of two joints whose task has two solutions.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "mace/cpu.hpp"
#include "support/allocations.hpp"
#include "support/autoregressive.hpp"
#include "support/machine.hpp"

using namespace mace;
using TwoJoints = AutoregressiveShape<2, 3, 2, 3, 24>;
using Model2 = Autoregressive<Cpu, TwoJoints>;

namespace {

/// Where the hand of a planar arm with two links of one meter is; elbow up or down, it gets everywhere in two ways.
struct Hand {
  using Sample = Vec<2>;
  using Outcome = Vec<2>;
  MACE_HD Vec<2> operator()(const Vec<2>& joints) const {
    float s0, c0, s1, c1;
    numeric::sincos(joints[0], s0, c0);
    numeric::sincos(joints[0] + joints[1], s1, c1);
    return {c0 + c1, s0 + s1};
  }
};

struct Reach {
  using Outcome = Vec<2>;
  Vec<2> goal;
  MACE_HD float operator()(const Vec<2>& hand) const { return -4 * norm(hand - goal); }
};

struct Result {
  std::vector<float> parameters, mean_scores;
  std::vector<Vec<2>> samples = std::vector<Vec<2>>(1000);
};

template <class... Observers>
Result tune_arm(int threads, Index batches, const Observers&... observers) {
  Cpu exec({.seed = 3, .threads = threads});
  const auto weights = test::random_arm<TwoJoints>(5);
  Model2 arm(exec, weights, {{-3, -2.5f}, {3, 2.5f}});
  const std::vector<float> condition = {1.2f, 0.4f, 0};
  arm.set_condition(exec, condition);
  Tuner tuner{exec,
              arm,
              Hand{},
              Reach{{1.2f, 0.4f}},
              {.samples = 128, .quantile = 0.125, .rounds = 100, .steps_per_round = 4, .batches = batches},
              Adam{.rate = 5e-4}};
  Result result;
  result.mean_scores.reserve(100);
  tuner.run([&](const RoundRecord& r) { result.mean_scores.push_back(r.mean_score); }, observers...);
  arm.sample(exec, {3, Stream::evaluation, 0}, result.samples);
  result.parameters.assign(arm.parameters().begin(), arm.parameters().end());
  return result;
}

}  // namespace

TEST_CASE(
    "tuning all weights of an autoregressive model raises the score, to the same bits for any number of threads") {
  for (const Index batches : {1, 2}) {
    CAPTURE(batches);
    const Result one = tune_arm(1, batches), two = tune_arm(2, batches);
    CHECK(one.mean_scores.back() > 0.5f);
    CHECK(one.mean_scores.back() > 4 * one.mean_scores.front());
    CHECK(std::all_of(one.parameters.begin(), one.parameters.end(), [](float p) { return std::isfinite(p); }));
    CHECK(test::same_bits(one.parameters, two.parameters));
    CHECK(test::same_bits(one.samples, two.samples));
  }
}

TEST_CASE("from round 2 on an autoregressive run allocates nothing") {
  for (const int threads : {1, 2}) {
    CAPTURE(threads);
    std::vector<long> counts;
    counts.reserve(100);
    tune_arm(threads, 1, [&](const RoundRecord&) { counts.push_back(test::allocations()); });
    for (std::size_t t = 1; t < counts.size(); ++t) CHECK(counts[t] - counts[t - 1] == 0);
  }
}
