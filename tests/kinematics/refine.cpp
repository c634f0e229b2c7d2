// SPDX-License-Identifier: Apache-2.0
#include "mace/kinematics/refine.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "mace/robot/panda.hpp"

using namespace mace;

namespace {

constexpr RandomKey key{7, Stream::evaluation, 0};

/// An arm in the xy plane whose two links are 1 m long; the elbow bends one way only.
SerialChain<2, double> two_links() {
  const auto turning = JointKind::revolute;
  return {{{turning, {}, -3, 3}, {turning, {.position = {1, 0, 0}}, 0, 3}}, {.position = {1, 0, 0}}};
}

/// A goal that a configuration within the limits meets.
BaseGoal<double> reachable(const SerialChain<7, double>& chain, std::uint32_t which, double meters_per_radian) {
  return {chain.pose(uniform_configuration(chain, {8, Stream::evaluation, 0}, which)), meters_per_radian};
}

struct Tally {
  int reached = 0, iterations = 0;
};

/// Polishes from uniform starts, a goal each, and checks whatever is said to be reached.
Tally tally(double meters_per_radian, const RefineOptions& options, int tries) {
  const auto chain = panda_chain<double>();
  Tally tally;
  for (int i = 0; i < tries; ++i) {
    const auto which = static_cast<std::uint32_t>(i);
    const auto goal = reachable(chain, which, meters_per_radian);
    const auto at = refine(chain, goal, uniform_configuration(chain, key, which), options);
    CHECK(chain.within_limits(at.q));
    CHECK(at.iterations <= options.iterations);
    const auto tip = chain.pose(at.q);
    CHECK(at.distance == doctest::Approx(goal.distance(tip)));
    const bool there =
        goal.distance(tip) <= options.distance && (meters_per_radian == 0 || goal.turn(tip) <= options.turn);
    CHECK(at.reached == there);
    tally.reached += at.reached ? 1 : 0;
    tally.iterations += at.iterations;
  }
  return tally;
}

}  // namespace

TEST_CASE("most random starts are refined onto a position, in a few steps") {
  const auto coarse = tally(0, {.distance = 1e-3}, 1000);
  CHECK(coarse.reached > 750);  // measured: 838
  CHECK(coarse.iterations < 8500);
  const auto fine = tally(0, {.distance = 1e-6}, 1000);
  CHECK(fine.reached > coarse.reached - 30);  // the last steps are Newton's: a thousand times finer is one or two more
  CHECK(fine.iterations < coarse.iterations + 1500);
}

TEST_CASE("and onto a whole pose, to a micrometer and a microradian") {
  const auto reached = tally(0.3, {.distance = 1e-6, .turn = 1e-6, .iterations = 24}, 1000).reached;
  CHECK(reached > 400);
}

TEST_CASE("a goal half a turn away is not taken for reached") {
  const auto chain = panda_chain<double>();
  const auto q = uniform_configuration(chain, key, 3);
  BaseGoal<double> goal{chain.pose(q), 0.3};
  goal.pose.x = -1.0 * goal.pose.x;
  goal.pose.y = -1.0 * goal.pose.y;
  const auto at = refine(chain, goal, q, {.iterations = 1});
  CHECK(!at.reached);
  CHECK(at.turn > 1);
}

TEST_CASE("a joint at its limit is held while the others go on") {
  const auto turning = JointKind::revolute;
  const Pose<double> link{.position = {1, 0, 0}};
  const SerialChain<3, double> chain{{{turning, {}, -1e-9, 0}, {turning, link, -3, 3}, {turning, link, -3, 3}}, link};
  // All three would turn to the left to get there, but the first is at its upper limit. Clamped steps of all three
  // would fall short again and again.
  const BaseGoal<double> goal{chain.pose({0, 1, 1})};
  const auto at = refine(chain, goal, {0, 0.3, 0.3}, {.distance = 1e-8});
  CHECK(at.reached);
  CHECK(at.iterations <= 8);
  CHECK(at.q[1] == doctest::Approx(1));
  CHECK(at.q[2] == doctest::Approx(1));
}

TEST_CASE("a goal on the limit itself is reached") {
  const auto chain = panda_chain<double>();
  int reached = 0;
  for (std::uint32_t i = 0; i < 100; ++i) {
    auto q = uniform_configuration(chain, key, i);
    q[3] = chain.joint[3].upper;
    reached += nearest_to_goal(chain, {chain.pose(q), 0.3}, {.distance = 1e-6, .turn = 1e-6}, key, 512).reached ? 1 : 0;
  }
  CHECK(reached >= 95);
}

TEST_CASE("of a goal out of reach, the nearest point is found") {
  const auto chain = two_links();
  const auto at = nearest_to_goal(chain, {{.position = {0, 2.5, 0}}}, {}, key);
  CHECK(!at.reached);
  CHECK(at.distance == doctest::Approx(0.5).epsilon(1e-4));
  const auto above = nearest_to_goal(chain, {{.position = {1, 1, 0.25}}}, {}, key);  // the Jacobian has no z
  CHECK(above.distance == doctest::Approx(0.25).epsilon(1e-4));
  const auto there = nearest_to_goal(chain, {{.position = {1, 1, 0}}}, {.distance = 1e-9}, key);
  CHECK(there.reached);
}

TEST_CASE("sliding joints are refined too") {
  const Vec<3, double> x{1, 0, 0}, y{0, 1, 0}, z{0, 0, 1};
  // Slides along z, then along y of the world.
  const SerialChain<2, double> gantry{
      {{JointKind::prismatic, {}, 0, 1}, {JointKind::prismatic, {x, -1.0 * z, y, {0, 0, 0}}, -1, 1}}, {}};
  const auto at = refine(gantry, {{.position = {0, 0.3, 0.7}}}, {0.1, 0.1}, {.distance = 1e-9});
  CHECK(at.reached);
  CHECK(at.q[0] == doctest::Approx(0.7));
  CHECK(at.q[1] == doctest::Approx(0.3));
}

TEST_CASE("a start or a goal of NaN reaches nothing, within the limits") {
  const auto chain = panda_chain<double>();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  auto q = uniform_configuration(chain, key, 0);
  q[2] = nan;
  CHECK(chain.within_limits(refine(chain, reachable(chain, 0, 0), q).q));
  const auto at = refine(chain, {{.position = {nan, 0, 0}}}, uniform_configuration(chain, key, 1));
  CHECK(!at.reached);
  CHECK(chain.within_limits(at.q));
}

namespace {

/// Refines from uniform starts, a region each around a pose that can be reached, and checks whatever is said to be
/// reached. Returns the share that was.
double reached_regions(const GoalRegion<GoalFrame::base>& shape, const RefineOptions& options) {
  const auto chain = panda_chain<double>();
  constexpr int tries = 500;
  int reached = 0;
  for (std::uint32_t i = 0; i < tries; ++i) {
    auto region = shape;
    region.pose = reachable(chain, i, 0).pose;
    const auto at = refine(chain, region, uniform_configuration(chain, key, i), options);
    CHECK(chain.within_limits(at.q));
    CHECK(at.iterations <= options.iterations);
    const auto tip = chain.pose(at.q);
    CHECK(at.distance == doctest::Approx(region.distance(tip)));
    CHECK(at.turn == doctest::Approx(region.turn(tip)));
    CHECK(at.reached == (at.distance <= options.distance && at.turn <= options.turn));
    reached += at.reached ? 1 : 0;
  }
  return 1.0 * reached / tries;
}

}  // namespace

TEST_CASE("regions that are a position or a pose are refined like goals") {
  const auto chain = panda_chain<double>();
  for (std::uint32_t i = 0; i < 20; ++i) {
    const auto goal = reachable(chain, i, 0.3);
    const auto start = uniform_configuration(chain, key, i);
    const auto same = [](const Refined<7>& a, const Refined<7>& b) {
      return norm(a.q - b.q) == 0 && a.distance == b.distance && a.turn == b.turn && a.iterations == b.iterations;
    };
    CHECK(same(refine(chain, goal, start), refine(chain, GoalRegion<GoalFrame::base>(goal.pose), start)));
    CHECK(same(refine(chain, BaseGoal<double>{goal.pose}, start),
               refine(chain, GoalRegion<GoalFrame::base>(goal.pose.position), start)));
  }
}

TEST_CASE("the less a region asks for, the more starts reach it, to a micrometer") {
  const RefineOptions fine{.distance = 1e-6, .turn = 1e-6, .iterations = 32};
  GoalRegion<GoalFrame::base> region;
  region.orientation = Orientation::fixed;
  const double pose = reached_regions(region, fine);
  region.orientation = Orientation::axis;
  const double axis = reached_regions(region, fine);
  region.cone = 0.01;
  const double narrow = reached_regions(region, fine);
  region.cone = 1;
  const double wide = reached_regions(region, fine);
  region.half = {0.1, 0.2, 0.05};
  const double box = reached_regions(region, fine);
  region.orientation = Orientation::free;
  region.cone = 0;
  const double box_alone = reached_regions(region, fine);
  // Measured, in this order: 0.54, 0.66, 0.67, 0.88, 0.92, 0.96
  CHECK(pose > 0.4);
  CHECK(axis > pose);
  CHECK(narrow > axis - 0.05);
  CHECK(wide > narrow);
  CHECK(box > wide);
  CHECK(box_alone > box);
}

TEST_CASE("an axis that points the other way is turned") {
  const auto chain = panda_chain<double>();
  const Vec<7, double> q{0, 0.3, 0, -1.8, 0, 2, 0.5};
  const auto tip = chain.pose(q);
  const auto region = GoalRegion<GoalFrame::base>::along({0.3, 0, 0.6}, -1.0 * tip.z);
  const auto at = refine(chain, region, q, {.distance = 1e-6, .turn = 1e-6, .iterations = 100});
  CHECK(at.reached);
  CHECK(region.turn(chain.pose(at.q)) <= 1e-6);
}

TEST_CASE("coordinates within the box are left alone") {
  const Vec<3, double> x{1, 0, 0}, y{0, 1, 0}, z{0, 0, 1};
  // Slides along x, y and z.
  const SerialChain<3, double> gantry{{{JointKind::prismatic, {z, x, y, {}}, -1, 1},
                                       {JointKind::prismatic, {z, x, y, {}}, -1, 1},
                                       {JointKind::prismatic, {z, x, y, {}}, -1, 1}},
                                      {}};
  const Vec<3, double> from{0.3, -0.2, 0.1};
  const auto tip = gantry.pose(from).position;
  GoalRegion<GoalFrame::base> region = tip + Vec<3, double>{0.05, -0.5, 0.1};
  region.half = {0.1, 0.1, 0.1};
  const auto at = refine(gantry, region, from, {.distance = 1e-9});
  CHECK(at.reached);
  CHECK(norm(gantry.pose(at.q).position - tip - Vec<3, double>{0, -0.4, 0}) < 1e-8);
}
