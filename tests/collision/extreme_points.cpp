// SPDX-License-Identifier: Apache-2.0
#include "mace/collision/extreme_points.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "mace/collision/gjk.hpp"
#include "mace/core/philox.hpp"
#include "support/bodies.hpp"

using namespace mace;
using test::direction_in;
using test::pose_in;
using test::uniform;

namespace {

using V = Vec<3, double>;

/// Points of all sorts: in a cube, a plane and a line, on a grid, a ball, a cone and two arcs, in one place.
Polytope points_in(Random& random, std::uint32_t sort, int count) {
  Polytope points;
  const auto on_grid = [&] { return static_cast<double>(random.word() % 4); };
  for (int i = 0; i < count; ++i) {
    const V anywhere{uniform(random, 1), uniform(random, 1), uniform(random, 1)};
    const double turn = 2 * M_PI * i / count, share = i / double(count);
    const double bow = std::sqrt(1 - share * share);
    const V kinds[] = {anywhere,
                       {anywhere[0], anywhere[1], 0},
                       {anywhere[0], 0, 0},
                       {on_grid(), on_grid(), on_grid()},
                       direction_in(random),
                       i == 0 ? V{0, 0, 1} : V{std::cos(turn), std::sin(turn), 0},
                       i % 2 == 0 ? V{bow, share, 0} : V{share, 0.5, bow},
                       {1, 2, 3},
                       {share, share * share, share * share * share},
                       {on_grid(), on_grid(), 1e-11 * anywhere[2]}};
    points.push_back(kinds[sort % std::size(kinds)]);
  }
  return points;
}

double extent_of(const Polytope& points) {
  double extent = 0;
  for (int i = 0; i < 3; ++i)
    for (const V& a : points) extent = std::max(extent, std::abs(a[i] - points[0][i]));
  return extent;
}

/// The greatest distance from a facet of some points to the hull of others, by trying all planes through three points.
double greatest_gap(const Polytope& points, const Polytope& hull) {
  double gap = 0;
  const auto along = [&](const V& normal) {
    if (norm(normal) < 1e-9) return;
    const V unit = (1 / norm(normal)) * normal;
    for (const V& direction : {unit, -1.0 * unit})
      gap = std::max(gap, dot(support_point(points, direction) - support_point(hull, direction), direction));
  };
  for (const V& a : points)
    for (const V& b : points) {
      along(a - b);
      for (const V& c : points) along(cross(b - a, c - a));
    }
  return gap;
}

}  // namespace

TEST_CASE("extreme points: no point is outside the hull of those that are left") {
  for (std::uint32_t trial = 0; trial < 400; ++trial) {
    CAPTURE(trial);
    Random random(RandomKey{.seed = 8}, trial);
    const double size = std::pow(10.0, uniform(random, 3));
    Pose<double> pose = trial % 3 == 0 ? Pose<double>{} : pose_in(random, size);
    Polytope points = points_in(random, trial, 1 + static_cast<int>(random.word() % 24));
    for (V& point : points) point = pose * (size * point);
    points.insert(points.end(), points.begin(), points.begin() + static_cast<std::ptrdiff_t>(points.size() / 3));
    const Polytope left = extreme_points(points);
    REQUIRE(!left.empty());
    const double tolerance = 1e-9 * std::min(extent_of(points), 1.0) + 1e-15 * size;
    CHECK(greatest_gap(points, left) <= tolerance);
    for (const V& point : left)
      CHECK(std::any_of(points.begin(), points.end(), [&](const V& p) { return norm(p - point) == 0; }));
    for (std::size_t i = 0; i < left.size() && left.size() > 1; ++i) {
      Polytope others = left;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      CHECK(separation(Sphere<double>{left[i], 0}, others, {1, 0, 0}).at_most > 0.5 * tolerance - certain_gap);
    }
  }
}

TEST_CASE("extreme points: of many points none is lost") {
  for (std::uint32_t sort = 0; sort < 20; ++sort) {
    CAPTURE(sort);
    Random random(RandomKey{.seed = 11}, sort);
    Polytope points = points_in(random, sort, 3000);
    const Pose<double> pose = sort < 10 ? Pose<double>{} : pose_in(random, 1);
    for (V& point : points) point = pose * point;
    const Polytope left = extreme_points(points);
    double farthest = 0;
    for (const V& point : points)
      farthest = std::max(farthest, separation(Sphere<double>{point, 0}, left, point - left[0], 2e-9).at_least);
    CHECK(farthest < 1.1e-9 * std::min(extent_of(points), 1.0) + certain_gap);
    for (int i = 0; i < 300; ++i) {
      const V direction = direction_in(random);
      CHECK(dot(support_point(points, direction) - support_point(left, direction), direction) < 1e-9);
    }
  }
}

TEST_CASE("extreme points: a box's corners are left of all that is in it") {
  Random random(RandomKey{.seed = 7}, 0);
  for (const Pose<double>& pose : {Pose<double>{}, pose_in(random, 1)})
    for (const int steps : {2, 10}) {
      Polytope points;
      for (int x = -steps; x <= steps; ++x)  // edges, faces and inside
        for (int y = -steps; y <= steps; ++y)
          for (int z = -steps; z <= steps; ++z)
            points.push_back(pose * V{0.3 / steps * x, 0.2 / steps * y, 0.1 / steps * z});
      points.insert(points.end(), points.begin(), points.begin() + 30);  // again
      const Polytope left = extreme_points(points);
      CHECK(left.size() == 8);
      for (const V& point : left) {
        const V inside{dot(pose.x, point - pose.position), dot(pose.y, point - pose.position),
                       dot(pose.z, point - pose.position)};
        CHECK(norm(V{std::abs(inside[0]) - 0.3, std::abs(inside[1]) - 0.2, std::abs(inside[2]) - 0.1}) < 1e-12);
      }
    }
}

TEST_CASE("extreme points: as many as a ball has, in their order, and one of many that are the same") {
  Random random(RandomKey{.seed = 9}, 0);
  Polytope ball;
  for (int i = 0; i < 1000; ++i) ball.push_back(direction_in(random));
  const Polytope all = extreme_points(ball);
  REQUIRE(all.size() == 1000);
  for (std::size_t i = 0; i < 1000; ++i) CHECK(norm(all[i] - ball[i]) == 0);
  for (int i = 0; i < 2000; ++i) ball.push_back(0.9 * direction_in(random));
  CHECK(extreme_points(ball).size() == 1000);
  CHECK(extreme_points(Polytope(50, V{1, 2, 3})).size() == 1);
  CHECK(extreme_points({{0, 0, 0}, {1, 1, 1}, {3, 3, 3}, {2, 2, 2}}).size() == 2);
}

TEST_CASE("extreme points: coordinates of any size") {
  for (const double size : {1e-300, 1e-9, 1e4, 1e100}) {
    CAPTURE(size);
    Polytope cube;
    for (int i = 0; i < 8; ++i) cube.push_back({size * (i & 1), size * (i >> 1 & 1), size * (i >> 2)});
    for (int i = 0; i < 10; ++i) cube.push_back({0.1 * i * size, 0.5 * size, 0.2 * size});
    CHECK(extreme_points(cube).size() == (size < 1e-200 ? 1 : 8));
  }
}

TEST_CASE("extreme points: what is no cloud is refused") {
  CHECK_THROWS_WITH_AS(extreme_points({}), "extreme_points: wanted points, got none", Error);
  CHECK_THROWS_WITH_AS(extreme_points({{0, 0, 0}, {0, std::nan(""), 0}}),
                       "extreme_points: wanted finite points, got 0, nan, 0", Error);
}
