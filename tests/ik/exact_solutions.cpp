// SPDX-License-Identifier: Apache-2.0
#include "mace/ik/exact_solutions.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "mace/cpu.hpp"
#include "mace/robot/panda.hpp"
#include "support/errors.hpp"

using namespace mace;

namespace {

const SerialChain<7, double> chain = panda_chain<double>();
const BaseGoal<double> goal{{.position = {0.5, 0.1, 0.5}}};

/// Free where the first joint is beyond some angle.
struct Beyond {
  double angle;
  bool is_free(std::span<const double> q) const { return q[0] > angle; }
};

void check_solutions(std::span<const Vec<7, double>> solutions, const Beyond& check, double distance) {
  for (const auto& q : solutions) {
    CHECK(chain.within_limits(q));
    CHECK(goal.distance(chain.pose(q)) <= distance);
    CHECK(check.is_free(std::span<const double>(q.v)));
  }
}

}  // namespace

TEST_CASE("what is found is within the limits, at the goal and certified, and no more than wanted") {
  auto exec = cpu({.seed = 1, .threads = 2});
  const Beyond check{1};
  for (const double distance : {1e-3, 1e-6}) {
    ExactSolutions exact(exec, chain, check, goal, {.solutions = 25, .deadline = 60, .refine = {.distance = distance}});
    CHECK(!exact.done());
    exact.try_uniform(100'000);
    CHECK(exact.done());
    CHECK(exact.solutions().size() == 25);
    check_solutions(exact.solutions(), check, distance);
    const ExactReport& report = exact.report();
    CHECK(report.free >= 25);
    CHECK(report.at_goal >= report.free);
    CHECK(report.tries >= report.at_goal);
    CHECK(report.tries < 100'000);
    REQUIRE(report.first);
    CHECK(*report.first > 0);
    CHECK(*report.first <= report.seconds);
  }
}

TEST_CASE("the solutions do not depend on the number of threads") {
  std::vector<Vec<7, double>> one;
  for (const int threads : {1, 3}) {
    auto exec = cpu({.seed = 5, .threads = threads});
    const Beyond check{1};
    ExactSolutions exact(exec, chain, check, goal, {.solutions = 20, .deadline = 60});
    exact.try_uniform(100'000);
    if (threads == 1) one.assign(exact.solutions().begin(), exact.solutions().end());
    REQUIRE(exact.solutions().size() == one.size());
    for (std::size_t i = 0; i < one.size(); ++i)
      for (int j = 0; j < 7; ++j) CHECK(exact.solutions()[i][j] == one[i][j]);
  }
}

TEST_CASE("copies count once") {
  auto exec = cpu({.seed = 2});
  const Beyond check{-10};
  ExactSolutions exact(exec, chain, check, goal, {.solutions = 10, .deadline = 60});
  exact.try_uniform(10);
  const auto found = exact.solutions().size();
  REQUIRE(found > 0);
  REQUIRE(found < 10);
  const std::vector<Vec<7, double>> again(exact.solutions().begin(), exact.solutions().end());
  exact.try_starts(std::span<const Vec<7, double>>(again));
  CHECK(exact.solutions().size() == found);
  CHECK(exact.report().free == static_cast<Index>(2 * found));
}

TEST_CASE("where nothing is free, there is no solution, and the deadline holds") {
  auto exec = cpu({.seed = 3, .threads = 2});
  const Beyond check{10};
  ExactSolutions exact(exec, chain, check, goal, {.deadline = 0.05});
  exact.try_uniform(1'000'000'000);
  CHECK(exact.done());
  CHECK(exact.solutions().empty());
  CHECK(!exact.report().first);
  CHECK(exact.report().at_goal > 0);
  CHECK(exact.report().seconds < 5);
}

TEST_CASE("where solutions are rare, those found lead to more") {
  struct Narrow {
    bool is_free(std::span<const double> q) const { return q[0] > 1 && q[0] < 1.001; }
  };
  auto exec = cpu({.seed = 6, .threads = 2});
  const Narrow check;
  ExactSolutions exact(exec, chain, check, goal, {.solutions = 30, .deadline = 60});
  exact.try_uniform(120'000);  // of uniform starts about one in 6000 leads to one
  CHECK(exact.solutions().size() == 30);
}

TEST_CASE("as an observer it tries the elites of a round, and ends the run when there are enough") {
  auto exec = cpu({.seed = 4});
  const Beyond check{-10};
  ExactSolutions exact(exec, chain, check, goal, {.solutions = 2, .deadline = 60});
  // Starts at solutions, so that what is tried can be told by what is found: the better two of three that are feasible.
  std::vector<Vec<7>> samples;
  ExactSolutions source(exec, chain, check, goal, {.solutions = 4, .deadline = 60, .refine = {.distance = 1e-5}});
  source.try_uniform(1000);
  for (const auto& q : source.solutions()) samples.push_back(q.as<float>());
  REQUIRE(samples.size() == 4);
  const std::vector<float> log_scores{-3, -1, -numeric::infinity, -2};
  const RoundRecord round{.round = 0, .rounds = 1, .elites = 2};
  const Snapshot<Vec<7>> seen{{}, samples, log_scores};
  CHECK(exact(round, seen));
  REQUIRE(exact.solutions().size() == 2);
  for (int j = 0; j < 7; ++j) {
    CHECK(std::abs(exact.solutions()[0][j] - static_cast<double>(samples[1][j])) < 1e-3);
    CHECK(std::abs(exact.solutions()[1][j] - static_cast<double>(samples[3][j])) < 1e-3);
  }
  CHECK(exact.report().tries == 2);
}

TEST_CASE("a goal out of reach is refused with its distance, as are numbers that make no sense") {
  auto exec = cpu();
  const Beyond check{0};
  const auto refusal = [&](const BaseGoal<double>& wanted, const ExactOptions& options = {}) {
    return test::error_of([&] { ExactSolutions(exec, chain, check, wanted, options); });
  };
  const std::string far = refusal({{.position = {0, 0, 3}}});
  CHECK(test::contains(far, "out of reach"));
  CHECK(test::contains(far, "no nearer than 1.7"));
  BaseGoal<double> turned{{.position = {0.855, 0, 0.333}}, 0.3};  // at arm's length, but pointing back
  turned.pose.x = {0, 0, 1}, turned.pose.y = {0, 1, 0}, turned.pose.z = {-1, 0, 0};
  CHECK(test::contains(refusal(turned), " rad"));
  CHECK(test::contains(refusal({{.position = {0, std::nan(""), 0}}}), "finite position"));
  CHECK(test::contains(refusal({{.x = {2, 0, 0}}, 1}), "length 1"));
  CHECK(test::contains(refusal(goal, {.solutions = 0}), "at least one solution, got 0"));
  CHECK(test::contains(refusal(goal, {.deadline = 0}), "deadline"));
  CHECK(test::contains(refusal(goal, {.deadline = std::nan("")}), "deadline"));
  CHECK(test::contains(refusal(goal, {.refine = {.distance = 0}}), "tolerances"));
  CHECK(test::contains(refusal(goal, {.apart = -1}), "between solutions"));
  CHECK(refusal(goal).empty());
}
