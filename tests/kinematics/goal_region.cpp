// SPDX-License-Identifier: Apache-2.0
#include "mace/kinematics/goal_region.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

using namespace mace;

namespace {

constexpr double half_turn = 3.1415926535897932;

/// What a region's refusal says, or nothing.
template <class Region>
std::string refusal(const Region& region) {
  try {
    region.checked();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("poses, positions and goals are regions") {
  const Pose<double> pose = Pose<double>::from_rpy({0.3, -0.2, 1.1}, {0.4, 0.5, 0.6});
  const GoalRegion<> of_pose = pose, of_position = pose.position;
  CHECK(of_pose.orientation == Orientation::fixed);
  CHECK(of_position.orientation == Orientation::free);
  CHECK(norm(of_position.pose.position - pose.position) == 0);
  CHECK(GoalRegion(BaseGoal<double>{pose, 0.3}).orientation == Orientation::fixed);
  CHECK(GoalRegion(BaseGoal<double>{pose, 0}).orientation == Orientation::free);
  CHECK(refusal(of_pose) == "");
  CHECK(refusal(of_position) == "");
}

TEST_CASE("the distance to a box of positions is measured in its own axes") {
  GoalRegion<> region = Pose<double>::from_rpy({0, 0, half_turn / 2}, {1, 2, 3});  // its x axis is the world's y axis
  region.half = {0.5, 0.1, 0};
  const auto from = [&](double x, double y, double z) { return region.distance({.position = {1 + x, 2 + y, 3 + z}}); };
  CHECK(from(0.09, 0.49, 0) == doctest::Approx(0));
  CHECK(from(0, 0.8, 0) == doctest::Approx(0.3));
  CHECK(from(0, -0.8, 0.4) == doctest::Approx(0.5));
  CHECK(from(-0.4, 0, 0) == doctest::Approx(0.3));
}

TEST_CASE("an axis may turn about itself, and tilt within the cone") {
  for (const Vec<3, double> axis :
       {Vec<3, double>{0, 0, -1}, {1, 0, 0}, {0, 1, 0}, {0.6, 0, 0.8}, {0.48, -0.6, 0.64}}) {
    auto region = GoalRegion<>::along({1, 2, 3}, axis, 0.2);
    CHECK(refusal(region) == "");
    CHECK(norm(region.pose.z - axis) == 0);
    for (const double tilt : {0.0, 0.1, 0.5, 3.0})
      for (const double about : {0.0, 1.0, 4.0}) {
        const Pose<double> turned = region.pose * Pose<double>::from_rpy({0, 0, about}) *
                                    Pose<double>::from_rpy({tilt, 0, 0}) * Pose<double>::from_rpy({0, 0, -2 * about});
        CHECK(region.turn(turned) == doctest::Approx(std::max(0.0, tilt - 0.2)));
      }
  }
}

TEST_CASE("a free orientation has no error, and a fixed one that of a goal") {
  const Pose<double> pose = Pose<double>::from_rpy({0.3, -0.2, 1.1}, {0.4, 0.5, 0.6});
  const Pose<double> turned = pose * Pose<double>::from_rpy({0, 0.5, 0});
  CHECK(GoalRegion<>(pose.position).turn(turned) == 0);
  CHECK(GoalRegion<>(pose).turn(turned) == doctest::Approx(2 * std::sin(0.25)));
}

TEST_CASE("a region goes with the frame of the base") {
  const Pose<double> base = Pose<double>::from_rpy({0.1, 0.2, 0.3}, {-1, 0.5, 0.2});
  GoalRegion<> region = GoalRegion<>::along({0.4, 0.5, 0.6}, {0, 0.6, 0.8}, 0.1);
  region.half = {0.1, 0.2, 0.3};
  const GoalRegion<GoalFrame::base> there = region.in_base(base);
  const Pose<double> tip = Pose<double>::from_rpy({1, 2, 3}, {0.2, 0.9, 1.2});
  CHECK(there.distance(tip) == doctest::Approx(region.distance(base * tip)));
  CHECK(there.turn(tip) == doctest::Approx(region.turn(base * tip)));
  CHECK(there.distance(tip) > 0);
}

TEST_CASE("what is no region is refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Pose<double> pose;
  GoalRegion<> region = pose;
  region.pose.position[1] = nan;
  CHECK(refusal(region) == "goal: wanted a finite position, got 0, nan, 0");
  region = pose;
  region.pose.x[0] = 2;
  CHECK(refusal(region) == "goal: wanted axes of length 1 at right angles");
  region = pose;
  region.half[2] = -1;
  CHECK(refusal(region) == "goal: wanted a box of positions with sizes of at least 0, got half of -1");
  region = pose;
  region.half[2] = nan;
  CHECK(refusal(region) == "goal: wanted a box of positions with sizes of at least 0, got half of nan");
  region = pose;
  region.cone = 0.1;
  CHECK(refusal(region) == "goal: wanted a cone only where the direction of an axis is asked for");
  CHECK(refusal(GoalRegion<>::along({0, 0, 0}, {0, 0, 1}, -0.5)) ==
        "goal: wanted a cone from 0 to pi radians, got -0.5");
  CHECK(refusal(GoalRegion<>::along({0, 0, 0}, {0, 0, 1}, nan)) == "goal: wanted a cone from 0 to pi radians, got nan");
  CHECK_THROWS_WITH_AS(GoalRegion<>::along({0, 0, 0}, {0, 0, 2}), "goal: wanted an axis of length 1, got 0, 0, 2",
                       Error);
}
