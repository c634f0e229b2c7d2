// SPDX-License-Identifier: Apache-2.0
#include "mace/collision/common_point.hpp"

#include <doctest/doctest.h>

#include "mace/collision/gjk.hpp"
#include "support/bodies.hpp"

using namespace mace;

namespace {

using V = Vec<3, double>;

/// How often random points and segments are told to have a point in common with a shape, of those that GJK says do.
struct Counts {
  int points = 0, points_told = 0, segments = 0, segments_told = 0;
};

template <class Shape>
Counts count(const Shape& shape, Random& random) {
  Counts found;
  for (int trial = 0; trial < 500; ++trial) {
    const V a = test::pose_in(random, 0.6).position, b = test::pose_in(random, 0.6).position;
    const double from_point = separation(Sphere<double>{a, 0}, shape, a).at_most;
    const double from_segment = separation(Capsule<double>{a, b, 0}, shape, a).at_most;
    const bool point_told = detail::has(shape, a), segment_told = detail::crosses(shape, a, b);
    if (point_told) CHECK(from_point < 1e-6);
    if (segment_told) CHECK(from_segment < 1e-6);
    found.points += from_point < -1e-6 || from_point < 1e-9;
    found.points_told += point_told;
    found.segments += from_segment < 1e-9;
    found.segments_told += segment_told;
  }
  return found;
}

}  // namespace

TEST_CASE("common points are found where there are some, and nowhere else") {
  Random random(RandomKey{.seed = 6}, 0);
  const Pose<double> pose = test::pose_in(random, 0.1);
  const auto complete = [&](const auto& shape) {
    const Counts found = count(shape, random);
    CHECK(found.points > 10);
    CHECK(found.points_told == found.points);
    CHECK(found.segments > 50);
    CHECK(found.segments_told == found.segments);
  };
  complete(OrientedBox<double>{pose, {0.3, 0.2, 0.4}});
  complete(Sphere<double>{pose.position, 0.3});
  complete(Capsule<double>{pose.position, pose.position + 0.4 * pose.x, 0.2});
  const Counts cylinder = count(Cylinder<double>{pose, 0.3, 0.3}, random);
  CHECK(cylinder.points > 10);
  CHECK(cylinder.points_told == cylinder.points);
  CHECK(cylinder.segments_told > cylinder.segments / 4);  // only those whose middle is in it
}

TEST_CASE("common points: a ball that is a capsule") {
  const Capsule<double> ball{{1, 0, 0}, {1, 0, 0}, 0.5};
  CHECK(detail::has(ball, V{1.4, 0, 0}));
  CHECK_FALSE(detail::has(ball, V{1.6, 0, 0}));
  CHECK(detail::crosses(ball, V{1.4, -1, 0}, V{1.4, 1, 0}));
  CHECK_FALSE(detail::crosses(ball, V{1.6, -1, 0}, V{1.6, 1, 0}));
}
