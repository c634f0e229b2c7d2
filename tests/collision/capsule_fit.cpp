// SPDX-License-Identifier: Apache-2.0
#include "mace/collision/capsule_fit.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "reference/panda_hulls.hpp"
#include "support/bodies.hpp"

using namespace mace;

namespace {

using Point = Vec<3, double>;

/// Written apart from what is tested: how far a point is outside the nearest capsule.
double outside(const std::vector<Capsule<double>>& capsules, const Point& point) {
  double least = std::numeric_limits<double>::infinity();
  for (const auto& capsule : capsules) {
    const Point axis = capsule.b - capsule.a;
    double share = norm(axis) > 0 ? dot(point - capsule.a, axis) / dot(axis, axis) : 0;
    share = std::min(1.0, std::max(0.0, share));
    least = std::min(least, norm(point - (capsule.a + share * axis)) - capsule.radius);
  }
  return least;
}

/// A point of a body between one to four of its points, so on corners, edges and facets too.
Point point_of(const Polytope& body, Random& random) {
  Point sum{};
  double weights = 0;
  for (std::uint32_t i = 0, points = 1 + random.word() % 4; i < points; ++i) {
    const double weight = 1e-6 + double(random.uniform());
    sum = sum + weight * body[random.word() % body.size()];
    weights += weight;
  }
  return (1 / weights) * sum;
}

/// How far outside of all capsules the worst of many points of the body is.
double uncovered(const Polytope& body, const std::vector<Capsule<double>>& capsules) {
  Random random({2, Stream::evaluation, 0}, 0);
  double most = -std::numeric_limits<double>::infinity();
  for (const auto& vertex : body) most = std::max(most, outside(capsules, vertex));
  for (int i = 0; i < 2000; ++i) most = std::max(most, outside(capsules, point_of(body, random)));
  return most;
}

/// The greatest distance from a body among many points on capsules' surfaces.
double sampled_excess(const Polytope& body, const std::vector<Capsule<double>>& capsules) {
  Random random({3, Stream::evaluation, 0}, 0);
  double most = 0;
  for (const auto& capsule : capsules)
    for (int i = 0; i < 3000; ++i) {
      const Point direction = test::direction_in(random);
      const double share = double(random.uniform());
      const Point end = i % 3 == 0 ? capsule.a : i % 3 == 1 ? capsule.b : capsule.a + share * (capsule.b - capsule.a);
      const Sphere<double> there{end + capsule.radius * direction, 0};
      most = std::max(most, separation(there, body, direction).at_most);
    }
  return most;
}

Polytope box(const Point& half) {
  Polytope corners;
  for (const double x : {-half[0], half[0]})
    for (const double y : {-half[1], half[1]})
      for (const double z : {-half[2], half[2]}) corners.push_back({x, y, z});
  return corners;
}

/// Points in a box that is turned anyhow.
Polytope random_body(Random& random) {
  const Pose<double> pose = test::pose_in(random, 1);
  const Point half{0.02 + 0.1 * double(random.uniform()), 0.02 + 0.1 * double(random.uniform()), 0.15};
  Polytope points;
  for (int i = 0; i < 40; ++i)
    points.push_back(
        pose * Point{test::uniform(random, half[0]), test::uniform(random, half[1]), test::uniform(random, half[2])});
  return points;
}

}  // namespace

TEST_CASE("capsule fit: together the capsules hold the whole body") {
  Random random({1, Stream::data, 0}, 0);
  for (int body = 0; body < 3; ++body) {
    const Polytope points = random_body(random);
    double before = std::numeric_limits<double>::infinity();
    for (const int most : {1, 2, 4}) {
      const CapsuleFit cover = fit_capsules(points, {most, 0});
      CHECK(static_cast<int>(cover.capsules.size()) == most);
      CHECK(uncovered(points, cover.capsules) <= 0);
      CHECK(cover.mean_excess < before);
      before = cover.mean_excess;
    }
  }
}

TEST_CASE("capsule fit: the greatest excess is that of points on the capsules") {
  Random random({4, Stream::data, 0}, 0);
  for (int body = 0; body < 3; ++body) {
    const Polytope points = random_body(random);
    const CapsuleFit cover = fit_capsules(points, {2, 0});
    const double sampled = sampled_excess(points, cover.capsules);
    CHECK(sampled <= cover.greatest_excess + 1e-9);
    CHECK(sampled >= cover.greatest_excess - 0.002);
  }
}

TEST_CASE("capsule fit: a body that is a capsule gets about that one") {
  Polytope points;
  for (int i = 0; i <= 16; ++i)
    for (int k = 0; k < 24; ++k) {
      const double polar = i * std::numbers::pi / 16, angle = k * std::numbers::pi / 12;
      const double z = 0.05 * std::cos(polar), across = 0.05 * std::sin(polar);
      for (const double end : {-0.1, 0.1})
        points.push_back({across * std::cos(angle), across * std::sin(angle), z + end});
    }
  const CapsuleFit cover = fit_capsules(points);
  REQUIRE(cover.capsules.size() == 1);
  CHECK(cover.greatest_excess < 0.002);
  CHECK(cover.capsules[0].radius == doctest::Approx(0.05).epsilon(0.02));
  CHECK(norm(cover.capsules[0].b - cover.capsules[0].a) == doctest::Approx(0.2).epsilon(0.05));
}

TEST_CASE("capsule fit: no more capsules than the excess asks for") {
  const Polytope body = box({0.2, 0.03, 0.03});
  std::size_t before = 0;
  for (const double wanted : {0.02, 0.01, 0.007}) {
    const CapsuleFit cover = fit_capsules(body, {8, wanted});
    CHECK(cover.mean_excess <= wanted);
    CHECK(cover.capsules.size() >= before);
    before = cover.capsules.size();
    if (before > 1) CHECK(fit_capsules(body, {static_cast<int>(before) - 1, wanted}).mean_excess > wanted);
  }
  CHECK(before > 1);
}

TEST_CASE("capsule fit: points, segments and plates") {
  const CapsuleFit point = fit_capsules({{1, 2, 3}});
  REQUIRE(point.capsules.size() == 1);
  CHECK(point.greatest_excess < 1e-6);
  const Polytope segment{{0, 0, 0}, {0.3, 0.1, 0.2}}, plate = box({0.1, 0.1, 0});
  const CapsuleFit thin = fit_capsules(segment, {4, 0.001});
  CHECK(thin.greatest_excess < 0.002);
  CHECK(uncovered(segment, thin.capsules) <= 0);
  for (const int most : {1, 5}) CHECK(uncovered(plate, fit_capsules(plate, {most, 0}).capsules) <= 0);
}

TEST_CASE("capsule fit: points inside, doubled points and their order do not matter to what it holds") {
  Polytope body = box({0.1, 0.05, 0.03});
  body.push_back({0, 0, 0});
  body.push_back(body[0]);
  CHECK(uncovered(body, fit_capsules(body, {3, 0}).capsules) <= 0);
  const CapsuleFit one = fit_capsules(body), again = fit_capsules(body);
  REQUIRE(one.capsules.size() == again.capsules.size());
  CHECK(norm(one.capsules[0].a - again.capsules[0].a) == 0);
}

TEST_CASE("capsule fit: bad input is refused") {
  const auto refused = [](const Polytope& body, const CapsuleFitOptions& options, const char* why) {
    CHECK_THROWS_WITH_AS(fit_capsules(body, options), doctest::Contains(why), Error);
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refused({}, {}, "wanted points, got none");
  refused({{0, nan, 0}}, {}, "wanted finite points");
  refused({{0, 0, 0}}, {0, 0.01}, "at least 1 capsule");
  refused({{0, 0, 0}}, {1, -0.01}, "mean excess of at least 0");
  refused({{0, 0, 0}}, {1, nan}, "mean excess of at least 0");
}

TEST_CASE("capsule fit: the Panda's hulls") {
  const ArmDescription arm = reference::panda_hulls();
  for (const std::size_t link : {std::size_t{5}, std::size_t{8}}) {
    const Polytope& hull = arm.links[link].hulls[0];
    const CapsuleFit cover = fit_capsules(hull);
    CHECK(cover.capsules.size() <= 4);
    CHECK(uncovered(hull, cover.capsules) <= 0);
    CHECK(cover.mean_excess < 0.008);
    CHECK(cover.greatest_excess < 0.04);
  }
}

TEST_CASE("capsule fit: the principal axes of points do not covary, whichever two of the first ones did") {
  for (int first = 0; first < 3; ++first)
    for (int second = 0; second < 3; ++second) {
      if (first == second) continue;
      Polytope points;  // a rod of 0.6 m that leans by 0.3 m from one axis toward another
      for (int i = 0; i < 8; ++i) {
        Vec<3, double> point{i & 1 ? 0.02 : -0.02, i & 2 ? 0.02 : -0.02, i & 4 ? 0.02 : -0.02};
        const double end = (i & 1 << first) != 0 ? 1 : -1;
        point[first] = 0.3 * end;
        point[second] += 0.15 * end;
        points.push_back(point);
      }
      const Pose<double> axes = detail::principal_axes(points);
      CHECK(axes.is_rigid());
      const auto covariance = [&](const auto& u, const auto& v) {
        double sum = 0;
        for (const auto& point : points) sum += dot(u, point - axes.position) * dot(v, point - axes.position);
        return sum;
      };
      CHECK(std::abs(covariance(axes.x, axes.y)) < 1e-12);
      CHECK(std::abs(covariance(axes.y, axes.z)) < 1e-12);
      CHECK(std::abs(covariance(axes.z, axes.x)) < 1e-12);
      CHECK(fit_capsules(points, {1, 0}).capsules[0].radius < 0.04);
    }
}

TEST_CASE("capsule fit: cuts along the axes of a prism leave few corners") {
  for (const double height : {0.04, 0.4}) {
    Polytope prism;
    for (int i = 0; i < 48; ++i)
      for (const double z : {-0.5, 0.5})
        prism.push_back(
            {0.04 * std::cos(i * std::numbers::pi / 24), 0.04 * std::sin(i * std::numbers::pi / 24), z * height});
    Random random({7, Stream::evaluation, 0}, 0);
    const Pose<double> pose = test::pose_in(random, 1);
    for (auto& point : prism) point = pose * point;
    // Across the axis, between the 48 corners of either end: the others are on their edges, or inside.
    const auto [below, above] = detail::cut(prism, pose.z, dot(pose.z, pose.position));
    CHECK(below.size() == 96);
    CHECK(above.size() == 96);
    const CapsuleFit fit = fit_capsules(prism, {8, 0});
    CHECK(fit.capsules.size() == 8);
    CHECK(uncovered(prism, fit.capsules) <= 0);
  }
}
