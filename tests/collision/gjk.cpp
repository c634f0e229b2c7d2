// SPDX-License-Identifier: Apache-2.0
#include "mace/collision/gjk.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "mace/collision/support_table.hpp"
#include "mace/core/philox.hpp"
#include "support/bodies.hpp"

using namespace mace;
using test::direction_in;
using test::pose_in;

namespace {

using V = Vec<3, double>;

Polytope corners(const OrientedBox<double>& box) {
  Polytope points;
  for (int i = 0; i < 8; ++i)
    points.push_back(box.pose * V{i & 1 ? box.half[0] : -box.half[0], i & 2 ? box.half[1] : -box.half[1],
                                  i & 4 ? box.half[2] : -box.half[2]});
  return points;
}

OrientedBox<double> box_at(const V& center, const V& half) {
  return {{.position = center}, half};
}

/// Bodies of all sorts about the origin: random ones, balls, plates, flat and straight and pointlike ones, with points
/// twice.
Polytope body_in(Random& random) {
  const auto sort = static_cast<int>(random.word() % 7);
  const V plate{0.13, 0.1, 0.00125}, cube{0.1, 0.1, 0.1};
  if (sort == 0) return corners({{}, plate});
  Polytope points;
  for (std::uint32_t i = 0, count = 1 + random.word() % 30; i < count; ++i) {
    const V anywhere{test::uniform(random, 0.2), test::uniform(random, 0.2), test::uniform(random, 0.2)};
    if (sort == 1) points.push_back(0.1 * direction_in(random));
    if (sort == 2) points.push_back({anywhere[0], anywhere[1], 0});
    if (sort == 3) points.push_back({anywhere[0], 0.05, 0});
    if (sort == 4) points.push_back({0.1, 0.1, 0.1});
    if (sort == 5) points.push_back(anywhere);
    if (sort == 6) points.push_back(corners({{}, cube})[random.word() % 8]);
  }
  return points;
}

Polytope moved(Polytope points, const Pose<double>& by) {
  for (V& point : points) point = by * point;
  return points;
}

Polytope body_somewhere(Random& random, double size) {
  const Polytope body = body_in(random);
  return moved(body, pose_in(random, size));
}

/// How far all of a is beyond all of b along a direction, by looking at every vertex.
double gap_along(const Polytope& a, const Polytope& b, const V& direction) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const V& point : a) low = std::min(low, dot(point, direction));
  for (const V& point : b) high = std::max(high, dot(point, direction));
  return low - high;
}

/// A point between others.
V mixed(const Polytope& points, Random& random) {
  V mean{};
  double sum = 0;
  for (const V& point : points) {
    const auto weight = static_cast<double>(random.uniform());
    mean = mean + weight * point;
    sum += weight;
  }
  return sum > 0 ? (1 / sum) * mean : points.front();
}

void check_distance(const Separation& known, double wanted) {
  CHECK(known.at_least <= wanted + 1e-14);
  CHECK(known.at_least >= wanted - 1e-8);
  CHECK(known.at_most >= wanted - 1e-14);
  CHECK(known.certain());
  CHECK(std::abs(norm(known.direction) - 1) < 1e-14);
}

}  // namespace

TEST_CASE("two boxes: face to face and edge to edge and corner to corner, however they lie") {
  const V half{0.3, 0.2, 0.1}, other{0.05, 0.15, 0.25};
  Random random(RandomKey{.seed = 1}, 0);
  for (const V& gap : {V{0.1, -0.1, -0.2}, V{-0.3, -0.05, 2e-8}, V{0.2, 0.1, -0.05}, V{-0.01, 1e-6, 1e-6},
                       V{0.3, 0.4, 1.2}, V{1e-7, 2e-7, 2e-7}, V{-0.1, 0, 5}}) {
    V center;
    double square = 0;
    for (int i = 0; i < 3; ++i) {
      center[i] = half[i] + other[i] + gap[i];
      square += gap[i] > 0 ? gap[i] * gap[i] : 0;
    }
    for (int trial = 0; trial < 10; ++trial) {
      const Pose<double> pose = trial == 0 ? Pose<double>{} : pose_in(random, 1);
      const OrientedBox<double> a{pose * Pose<double>{.position = center}, other}, b{pose, half};
      const V start = trial % 2 ? a.pose.position - b.pose.position : direction_in(random);
      CAPTURE(square);
      check_distance(separation(a, b, start), std::sqrt(square));
      check_distance(separation(b, a, start), std::sqrt(square));
      check_distance(separation(corners(a), b, start), std::sqrt(square));
      check_distance(separation(corners(a), corners(b), start), std::sqrt(square));
    }
  }
}

TEST_CASE("boxes that touch or overlap are never apart, and are no deeper than is said") {
  const V half{0.3, 0.2, 0.1};
  Random random(RandomKey{.seed = 2}, 0);
  for (const double depth : {0.0, 1e-12, 1e-9, 1e-6, 1e-3, 0.1, 0.2})
    for (int axis = 0; axis < 3; ++axis)
      for (int trial = 0; trial < 10; ++trial) {
        V center{};
        center[axis] = 2 * half[axis] - depth;
        const Pose<double> pose = trial == 0 ? Pose<double>{} : pose_in(random, 1);
        const OrientedBox<double> a{pose * Pose<double>{.position = center}, half}, b{pose, half};
        const Separation known = separation(a, b, a.pose.position - b.pose.position);
        CHECK_FALSE(known.certain());
        CHECK(known.at_least <= 1e-14 - std::min(depth, 0.2));
        CHECK(known.at_least > -2);
        CHECK(known.at_most < 1e-9);
      }
}

TEST_CASE("spheres and capsules and half spaces") {
  const Sphere<double> ball{{0, 0, 1}, 0.25};
  const Capsule<double> along_x{{-1, 0, 0}, {1, 0, 0}, 0.1}, along_y{{0, -1, 0.5}, {0, 1, 0.5}, 0.15};
  const OrientedBox<double> box = box_at({3, 4, 0}, {1, 1, 1});
  check_distance(separation(ball, along_x, {0, 0, 1}), 0.65);
  check_distance(separation(along_y, along_x, {1, 2, 3}), 0.25);
  check_distance(separation(along_x, Capsule<double>{{2, 0, 0}, {4, 0, 0}, 0.2}, {0, 1, 0}), 0.7);
  check_distance(separation(along_x, box, {-1, 0, 0}), std::hypot(1, 3) - 0.1);
  check_distance(separation(ball, box, {-1, -1, 0}), std::hypot(2, 3) - 0.25);
  check_distance(separation(ball, along_y, {0, 0, 1}), 0.1);
  CHECK_FALSE(separation(ball, Sphere<double>{{0, 0, 1.5}, 0.25}, {0, 0, -1}).certain());
  CHECK(separation(ball, Sphere<double>{{0, 0, 1.4}, 0.25}, {0, 0, -1}).at_least == doctest::Approx(-0.1));
  CHECK_FALSE(separation(ball, ball, {}).certain());

  const HalfSpace floor{{0, 0, 1}, 0.5};
  CHECK(separation(ball, floor).at_least == doctest::Approx(0.25));
  CHECK(separation(along_x, floor).at_least == doctest::Approx(-0.6));
  CHECK(separation(corners(box), HalfSpace{{0.6, 0.8, 0}, 1}).at_least == doctest::Approx(2.6));
}

TEST_CASE("a body in a frame is where the frame is") {
  Random random(RandomKey{.seed = 3}, 0);
  const OrientedBox<double> box = box_at({0.1, 0.2, 0.3}, {0.1, 0.1, 0.2});
  for (int trial = 0; trial < 20; ++trial) {
    const Pose<double> pose = pose_in(random, 1);
    const Polytope body = body_in(random), there = moved(body, pose);
    const Separation placed = separation(Placed{body, pose}, box, {1, 0, 0}), put = separation(there, box, {1, 0, 0});
    CHECK(placed.at_least == doctest::Approx(put.at_least));
    const Sphere<double> ball{{1, 2, 3}, 0.5};
    CHECK(core_radius(Placed{ball, pose}) == 0.5);
    CHECK(norm(support_point(Placed{ball, pose}, V{1, 0, 0}) - pose * ball.center) == 0);
  }
}

TEST_CASE("thin plates: a gap of a micrometer between them is seen, and so is one that pierces the other") {
  const V half{0.13, 0.1, 0.00125};
  Random random(RandomKey{.seed = 4}, 0);
  for (int trial = 0; trial < 200; ++trial) {
    const Pose<double> pose = pose_in(random, 1);
    const V off{test::uniform(random, 0.2), test::uniform(random, 0.15), 0.0025 + 1e-6};
    const Pose<double> turned = Pose<double>{.position = off}.screwed(std::sin(trial), std::cos(trial), 0);
    const OrientedBox<double> plate{pose, half}, above{pose * turned, half};
    const Separation known = separation(above, plate, off);
    CHECK(known.certain());
    CHECK(known.at_least >= 1e-6 - 1e-8);

    const V hole{test::uniform(random, 0.129), test::uniform(random, 0.099), 0};
    const V up{test::uniform(random, 0.5), test::uniform(random, 0.5), 1};
    const Capsule<double> needle{pose * (hole - up), pose * (hole + up), 0};
    CHECK_FALSE(separation(needle, plate, direction_in(random)).certain());
    CHECK_FALSE(separation(plate, needle, direction_in(random)).certain());
  }
}

TEST_CASE("all sorts of bodies: apart exactly where they are, by as much as they are") {
  int apart = 0;
  for (std::uint32_t trial = 0; trial < 3000; ++trial) {
    CAPTURE(trial);
    Random random(RandomKey{.seed = 5}, trial);
    const Polytope b = body_somewhere(random, 0.3), body = body_somewhere(random, 0.3);
    const Separation known = separation(body, b, direction_in(random));
    if (known.certain()) {
      // What is claimed is so, no point is nearer, and no direction shows more.
      ++apart;
      CHECK(std::abs(gap_along(body, b, known.direction) - known.at_least) < 1e-14);
      CHECK(known.at_most - known.at_least < 1e-8);
      for (int i = 0; i < 50; ++i) CHECK(gap_along(body, b, direction_in(random)) < known.at_most + 1e-14);
      // As much nearer, so much less is left.
      for (const double left : {1e-2, 1e-4, 1e-6, 2e-8}) {
        if (left > known.at_least) continue;
        const Pose<double> by{.position = (left - known.at_least) * known.direction};
        const Separation rest = separation(moved(body, by), b, direction_in(random));
        CHECK(rest.certain());
        CHECK(std::abs(rest.at_least - left) < 1.5e-8);
      }
    }
    // With a point in common they are not apart.
    const Pose<double> onto{.position = mixed(b, random) - mixed(body, random)};
    const Separation met = separation(moved(body, onto), b, direction_in(random));
    CHECK_FALSE(met.certain());
    CHECK(met.at_most < 1e-8);
  }
  CHECK(apart > 1000);
  CHECK(apart < 2900);
}

TEST_CASE("enough is enough: the search ends once the bound is") {
  Random random(RandomKey{.seed = 6}, 0);
  int sooner = 0;
  for (int trial = 0; trial < 100; ++trial) {
    const Polytope a = moved(body_in(random), {.position = {1, 1, 1}}), b = body_in(random);
    const Separation some = separation(a, b, {1, 0, 0}, 0.1), all = separation(a, b, {1, 0, 0});
    CHECK(some.at_least > 0.1);
    CHECK(some.at_least <= all.at_least + 1e-14);
    sooner += some.at_least < all.at_least - 0.1;
  }
  CHECK(sooner > 50);
}
