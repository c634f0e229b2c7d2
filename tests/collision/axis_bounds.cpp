// SPDX-License-Identifier: Apache-2.0
#include "mace/collision/axis_bounds.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "mace/collision/gjk.hpp"
#include "support/bodies.hpp"

using namespace mace;
using detail::AxisBounds;
using detail::BoundsOfEight;

namespace {

using V = Vec<3, double>;

/// The bounds of a shape are those of its support points along the axes.
template <class Shape>
void check_bounds(const Shape& shape, double radius) {
  const AxisBounds bounds = detail::axis_bounds(shape);
  for (int i = 0; i < 3; ++i) {
    V along{};
    along[i] = 1;
    CHECK(bounds.high[i] == doctest::Approx(support_point(shape, along)[i] + radius));
    CHECK(bounds.low[i] == doctest::Approx(support_point(shape, -1.0 * along)[i] - radius));
  }
}

/// A pose whose z axis is tilted by an angle and of a length that is nearly 1.
Pose<double> nearly_upright(double tilt, double length) {
  const double s = std::sin(tilt), c = std::cos(tilt);
  return {{c, 0, -s}, {0, 1, 0}, {length * s, 0, length * c}, {}};
}

bool holds(const detail::BoundsRows& bounds, const V& point) {
  bool all = true;
  for (int i = 0; i < 3; ++i)
    all = all && static_cast<double>(bounds.low.v[i]) <= point[i] && point[i] <= static_cast<double>(bounds.high.v[i]);
  return all;
}

}  // namespace

TEST_CASE("axis bounds of shapes reach as far as the shapes") {
  Random random(RandomKey{.seed = 3}, 0);
  for (int trial = 0; trial < 20; ++trial) {
    const Pose<double> pose = test::pose_in(random, 2);
    check_bounds(OrientedBox<double>{pose, {0.1, 0.2, 0.3}}, 0);
    check_bounds(Cylinder<double>{pose, 0.3, 0.5}, 0);
    check_bounds(Cylinder<double>{nearly_upright(1e-3, 1 + 4e-7), 1, 0.1}, 0);
    check_bounds(Sphere<double>{pose.position, 0.3}, 0.3);
    check_bounds(Capsule<double>{pose.position, pose.x, 0.2}, 0.2);
    check_bounds(Polytope{pose.position, pose.x, pose.y, pose.z}, 0);
  }
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const AxisBounds below = detail::axis_bounds(HalfSpace{{0, 0, 1}, 2}),
                   beyond = detail::axis_bounds(HalfSpace{{-1, 0, 0}, 2});
  CHECK(below.high[2] == 2);
  CHECK(below.low[2] == -infinity);
  CHECK(below.high[0] == infinity);
  CHECK(beyond.low[0] == -2);
  CHECK(beyond.high[0] == infinity);
  const AxisBounds any = detail::axis_bounds(HalfSpace{{0.6, 0.8, 0}, 2});
  CHECK(any.high[0] == infinity);
  CHECK(any.high[1] == infinity);
  CHECK(any.low[2] == -infinity);
}

TEST_CASE("the bounds of a moved body hold it and what is near to it, wherever it is, and little more") {
  Random random(RandomKey{.seed = 4}, 0);
  for (const double size : {1e-3, 1.0, 100.0, 9000.0})
    for (int trial = 0; trial < 200; ++trial) {
      Polytope points;
      for (int i = 0; i < 6; ++i) points.push_back(test::pose_in(random, 0.2).position);
      const Pose<double> frame = test::pose_in(random, size);
      const double gap = trial % 2 == 0 ? 1e-9 : 0.1;
      const AxisBounds local = detail::axis_bounds(points);
      const auto bounds = detail::LocalBounds(local).placed(detail::FrameRows(frame), static_cast<float>(gap));
      for (const auto& point : points)
        for (int i = 0; i < 3; ++i) {
          V aside{};
          aside[i] = gap;
          CHECK(holds(bounds, frame * point + aside));
          CHECK(holds(bounds, frame * point - aside));
        }
      const AxisBounds box = detail::axis_bounds(OrientedBox<double>{
          {frame.x, frame.y, frame.z, frame * (0.5 * (local.low + local.high))}, 0.5 * (local.high - local.low)});
      for (int i = 0; i < 3; ++i) CHECK(static_cast<double>(bounds.high.v[i]) < box.high[i] + gap + 1e-5 * (1 + size));
    }
}

TEST_CASE("of eight bodies, those whose bounds meet others are told") {
  BoundsOfEight eight;
  eight.clear();
  const auto cube = [](double x, double y, double z, double half) {
    AxisBounds bounds;
    bounds.add(V{x, y, z}, half);
    return bounds;
  };
  const auto rows = [](const AxisBounds& bounds) {
    BoundsOfEight one;
    one.clear();
    one.set(0, bounds);
    return one.get(0);
  };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(eight.meeting(rows(cube(0, 0, 0, infinity))) == 0);  // there are none
  for (int i = 0; i < 8; ++i) eight.set(i, cube(i, 0, 0, 0.25));
  for (int i = 0; i < 8; ++i) {
    CHECK(eight.meeting(rows(cube(i, 0, 0, 0.1))) == 1u << i);
    CHECK(eight.meeting(rows(cube(i + 0.5, 0, 0, 0.3))) == ((3u << i) & 255u));
  }
  CHECK(eight.meeting(rows(cube(3, 0.6, 0, 0.3))) == 0);
  CHECK(eight.meeting(rows(cube(3, -0.6, 0, 0.3))) == 0);
  CHECK(eight.meeting(rows(cube(3, 0, 0.6, 0.3))) == 0);
  CHECK(eight.meeting(rows(cube(3, 0, -0.6, 0.3))) == 0);
  CHECK(eight.meeting(rows(cube(3, 0.5, 0.5, 0.3))) == 8);
  CHECK(eight.meeting(rows(cube(3, 0, 0, infinity))) == 255);
}
