// SPDX-License-Identifier: Apache-2.0
#include "mace/score/cloud_match.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "mace/cloud/chamfer_cpu.hpp"
#include "mace/score/concept.hpp"
#include "support/clouds.hpp"
#include "support/machine.hpp"

using namespace mace;

namespace {

constexpr int capacity = 200;
using Match = CloudMatch<capacity, HostSpace>;
using Outcome = Match::Outcome;
static_assert(BatchScore<Match, Cpu> && !OutcomeScore<Match>);

/// Clouds of 0, 1, 2, … points and some larger ones.
std::vector<Outcome> partial_clouds() {
  std::vector<Outcome> out(40);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].count = static_cast<std::int32_t>(i < 20 ? i : 10 * (i - 20) + 5);
    const auto xyz = test::box_points(capacity, static_cast<std::uint32_t>(i));
    std::copy(xyz.begin(), xyz.end(), out[i].xyz);  // what lies beyond count must not matter
  }
  return out;
}

std::vector<float> score(Cpu& exec, const Match& match, const std::vector<Outcome>& outcomes) {
  std::vector<float> log_scores(outcomes.size(), 7.0f);
  score_outcomes(exec, match, std::span<const Outcome>(outcomes), std::span(log_scores));
  return log_scores;
}

}  // namespace

TEST_CASE("the log score is -tau CD_5, each direction by itself too, and minus infinity below 5 points") {
  const auto outcomes = partial_clouds();
  const auto observation = test::box_points(333, 99);
  const auto b = test::in_double(observation);
  for (const Direction direction : {Direction::both, Direction::to_observation, Direction::from_observation})
    for (const Isa isa : test::available_isas()) {
      CAPTURE(static_cast<int>(direction));
      CAPTURE(static_cast<int>(isa));
      Cpu exec({.isa = isa}), threads({.threads = 2, .isa = isa});
      const Match match(exec, observation, {.tau = 0.3f, .direction = direction});
      const auto log_scores = score(exec, match, outcomes);
      CHECK(test::same_bits(log_scores, score(threads, match, outcomes)));
      for (std::size_t i = 0; i < outcomes.size(); ++i) {
        CAPTURE(i);
        const Index n = outcomes[i].count;
        const auto a = test::in_double({outcomes[i].xyz, outcomes[i].xyz + 3 * n});
        double sum = 0;
        if (direction != Direction::from_observation)
          sum += directed_chamfer_sum(Neighbors<5>{}, a.data(), n, b.data(), 333);
        if (direction != Direction::to_observation)
          sum += directed_chamfer_sum(Neighbors<5>{}, b.data(), 333, a.data(), n);
        if (n < 5)
          CHECK(log_scores[i] == -numeric::infinity);
        else
          CHECK(static_cast<double>(log_scores[i]) == doctest::Approx(-0.3 * sum).epsilon(3e-6));
      }
    }
}

TEST_CASE("CloudMatch refuses a bad observation or tau") {
  Cpu exec({});
  const float nan = numeric::not_a_number;
  auto with = [](float value) {
    std::vector<float> xyz = test::random_points(6, 1);
    xyz[7] = value;
    return xyz;
  };
  struct Row {
    std::vector<float> observation;
    const char* message;
  };
  const Row rows[] = {
      {{}, "CloudMatch: wanted at least 5 points, got 0"},
      {test::random_points(4, 1), "CloudMatch: wanted at least 5 points, got 4"},
      {std::vector<float>(16), "CloudMatch: wanted three coordinates a point, got 16 numbers"},
      {with(nan), "CloudMatch: wanted finite coordinates, got nan in point 2"},
      {with(numeric::infinity), "CloudMatch: wanted finite coordinates, got inf in point 2"},
  };
  for (const Row& row : rows) CHECK_THROWS_WITH_AS(Match(exec, row.observation, {}), row.message, Error);
  CHECK_THROWS_WITH_AS(Match(exec, test::random_points(5, 1), {.tau = 0}), "CloudMatch: wanted a tau above 0, got 0",
                       Error);
  CHECK_THROWS_AS(Match(exec, test::random_points(5, 1), {.tau = nan}), Error);
}

namespace {

/// A user's score of one outcome.
struct EnoughPoints {
  using Outcome = PartialCloud<capacity>;
  float operator()(const Outcome& outcome) const {
    return outcome.count < 3 ? -numeric::infinity : -1.0f / static_cast<float>(outcome.count);
  }
};

}  // namespace

TEST_CASE("a functor of one outcome scores a whole round") {
  static_assert(OutcomeScore<EnoughPoints> && !BatchScore<EnoughPoints, Cpu>);
  Cpu exec({.threads = 2});
  const auto outcomes = partial_clouds();
  std::vector<float> log_scores(outcomes.size());
  EnoughPoints enough;
  score_outcomes(exec, enough, std::span<const Outcome>(outcomes), std::span(log_scores));
  for (std::size_t i = 0; i < outcomes.size(); ++i) CHECK(log_scores[i] == enough(outcomes[i]));
}
