// SPDX-License-Identifier: Apache-2.0
#include "mace/score/reach.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "mace/score/concept.hpp"
#include "support/errors.hpp"

using namespace mace;

namespace {

static_assert(OutcomeScore<Reach>);

/// The tip 3 m and 4 m off, turned by half a turn.
ArmOutcome<float> outcome(float clearance) {
  return {{{-1, 0, 0}, {0, -1, 0}, {0, 0, 1}, {3, 4, 1}}, clearance};
}

const Goal<float> goal_there{{.position = {0, 0, 1}}};

}  // namespace

TEST_CASE("a reach whose numbers make no sense is refused, by a tuner too") {
  const auto refused = [](const Reach& reach) { return test::error_of([&] { reach.check(); }); };
  CHECK(refused({goal_there, 20, 0.01f, 0.1f}) == "");
  CHECK(refused({goal_there, -1}) == "Reach: wanted finite numbers of at least 0, got -1");
  CHECK(refused({.width = numeric::infinity}) == "Reach: wanted finite numbers of at least 0, got inf");
  CHECK(refused({.margin = 0.5f}) == "Reach: wanted meters_per_penetration above 0 for a margin of 0.5, got 0");
  CHECK(test::contains(refused({.goal = {{.x = {2, 0, 0}}}}), "wanted a goal at a finite position"));
  CHECK(test::contains(refused({.goal = {{}, -1}}), "its weight at least 0"));
}

TEST_CASE("a reach is scored by the distance to the goal, and infeasible in collision") {
  const Reach score{goal_there};
  CHECK(score(outcome(0.1f)) == doctest::Approx(-5));
  CHECK(score(outcome(0)) == doctest::Approx(-5));
  CHECK(score(outcome(numeric::infinity)) == doctest::Approx(-5));
  CHECK(score(outcome(-1e-6f)) == -numeric::infinity);
  CHECK(score(outcome(-numeric::infinity)) == -numeric::infinity);
}

TEST_CASE("the orientation counts as the goal says") {
  CHECK(Reach{{goal_there.pose, 0.25f}}(outcome(0.1f)) == doctest::Approx(-5.5));
}

TEST_CASE("a collision may be graded instead") {
  const Reach score{.goal = goal_there, .meters_per_penetration = 10};
  CHECK(score(outcome(0.1f)) == doctest::Approx(-5));
  CHECK(score(outcome(-0.02f)) == doctest::Approx(-5.2));
  CHECK(score(outcome(-0.04f)) < score(outcome(-0.02f)));
}

TEST_CASE("a margin grades what is free, too") {
  const Reach score{.goal = goal_there, .meters_per_penetration = 10, .margin = 0.01f};
  CHECK(score(outcome(0.01f)) == doctest::Approx(-5));
  CHECK(score(outcome(0.004f)) == doctest::Approx(-5.06));
  CHECK(score(outcome(-0.01f)) == doctest::Approx(-5.2));
  CHECK(score(outcome(numeric::infinity)) == doctest::Approx(-5));
}

TEST_CASE("with a width, the miss is Gaussian") {
  const Reach score{.goal = goal_there, .width = 2.5f};
  CHECK(score(outcome(0.1f)) == doctest::Approx(-2));
  CHECK(score(outcome(-1e-6f)) == -numeric::infinity);
  const Reach graded{.goal = goal_there, .meters_per_penetration = 10, .margin = 0.1f, .width = 2.5f};
  CHECK(graded(outcome(0.1f)) == doctest::Approx(-2));
  CHECK(graded(outcome(-0.4f)) == doctest::Approx(-8));
  CHECK(std::isnan(score(outcome(numeric::not_a_number))));
}

TEST_CASE("an outcome with NaN has no score") {
  auto lost = outcome(0.1f);
  lost.end_effector.position[1] = numeric::not_a_number;
  for (const float grade : {0.0f, 1.0f}) {
    const Reach score{.goal = goal_there, .meters_per_penetration = grade};
    CHECK(std::isnan(score(outcome(numeric::not_a_number))));
    CHECK(std::isnan(score(lost)));
  }
}
