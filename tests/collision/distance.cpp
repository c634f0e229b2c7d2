// SPDX-License-Identifier: Apache-2.0
// Signed distances against brute force in double: searches along the capsule, and over directions out of a box.
#include "mace/collision/distance.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "mace/backend/cpu/lanes.hpp"
#include "mace/core/philox.hpp"
#include "support/machine.hpp"

using namespace mace;

namespace {

using V = Vec<3, double>;

/// The least value of a convex function on [0, 1], by thirds.
template <class F>
double least_on_unit(const F& f) {
  double low = 0, high = 1;
  for (int i = 0; i < 70; ++i) {
    const double a = low + (high - low) / 3, b = high - (high - low) / 3;
    (f(a) < f(b) ? high : low) = f(a) < f(b) ? b : a;
  }
  return std::min({f(0), f(1), f(low)});
}

V at(const Capsule<double>& c, double t) {
  return c.a + t * (c.b - c.a);
}

double point_to_box(const V& p, const V& half) {
  double squared = 0;
  for (int i = 0; i < 3; ++i) squared += std::pow(std::max(std::abs(p[i]) - half[i], 0.0), 2);
  return std::sqrt(squared);
}

double point_to_segment(const V& p, const Capsule<double>& c) {
  return least_on_unit([&](double t) { return norm(p - at(c, t)); });
}

/// How far a segment is to be moved along a direction until a box is behind it.
double way_out(const Capsule<double>& c, const V& half, const V& direction) {
  double box = 0;
  for (int i = 0; i < 3; ++i) box += half[i] * std::abs(direction[i]);
  return box - std::min(dot(c.a, direction), dot(c.b, direction));
}

/// The least way out of a box, by trying directions and then turning the best ones a little.
double depth_by_search(const Capsule<double>& c, const V& half, std::uint32_t seed) {
  Random random({3, Stream::evaluation, 0}, seed);
  const auto turned = [&](const V& around, double by) {
    V n = around;
    for (double& x : n.v) x += by * static_cast<double>(random.normal());
    return (1 / norm(n)) * n;
  };
  double least = HUGE_VAL;
  for (int start = 0; start < 10; ++start) {
    V best = turned({0, 0, 0}, 1);
    for (int i = 0; i < 40; ++i)
      if (const V n = turned({0, 0, 0}, 1); way_out(c, half, n) < way_out(c, half, best)) best = n;
    for (double by = 0.3; by > 1e-7; by *= 0.8)
      for (int i = 0; i < 20; ++i)
        if (const V n = turned(best, by); way_out(c, half, n) < way_out(c, half, best)) best = n;
    least = std::min(least, way_out(c, half, best));
  }
  return least;
}

struct Case {
  Capsule<double> capsule;
  V half;
};

/// Capsules at boxes: anywhere, flat or thin boxes, short or axis-parallel capsules, in all mixtures.
Case drawn(std::uint32_t i) {
  Random random({1, Stream::evaluation, 0}, i);
  const auto point = [&](float size) {
    return Vec<3>{random.uniform(-size, size), random.uniform(-size, size), random.uniform(-size, size)}.as<double>();
  };
  Case c{{point(0.6f), point(0.6f), static_cast<double>(random.uniform(0, 0.1f))}, point(0.3f)};
  for (double& h : c.half.v) h = std::abs(h);
  if (i % 3 == 1) c.half[static_cast<int>(i / 3) % 3] = 0.00125;
  if (i % 5 == 1) c.capsule.b = c.capsule.a;
  if (i % 5 == 2) c.capsule.b = c.capsule.a + 1e-6 * point(1);
  if (i % 7 == 1) c.capsule.b[static_cast<int>(i / 7) % 3] = c.capsule.a[static_cast<int>(i / 7) % 3];
  if (i % 7 == 2) c.capsule.b = c.capsule.a + V{0, 0, 0.3};
  if (i % 11 == 1) c.capsule.a = 0.3 * c.capsule.a;
  if (i % 11 == 2) c.half[0] = c.half[1] = 0;
  if (i % 13 == 1) c.capsule.radius = 0;
  return c;
}

/// Two capsules: the first of a case, and one that is parallel, nearly parallel, crossing, joined or anywhere.
Capsule<double> partner(std::uint32_t i) {
  const Case first = drawn(i), other = drawn(i + 100000);
  const V along = first.capsule.b - first.capsule.a;
  Capsule<double> c = other.capsule;
  if (i % 6 == 1) c.b = c.a + 0.7 * along;
  if (i % 6 == 2) c.b = c.a - 1.3 * along + V{1e-7, -1e-7, 1e-7};
  if (i % 6 == 3) c = {at(first.capsule, 0.3) + V{0.05, 0, 0.02}, at(first.capsule, 0.3) - V{0.07, 0, 0.028}, 0.01};
  if (i % 6 == 4) c.a = first.capsule.b;
  return c;
}

constexpr std::uint32_t cases = 4000;

/// All inputs are numbers of about 1: this many roundings of a float.
constexpr double float_error = 1e-6;

/// The distance of a capsule and a box, and of two capsules, of one case a lane.
struct EachLane {
  template <int Bytes>
  MACE_INLINE void run(const Case* many, const Capsule<double>* others, float* out) const {
    constexpr int width = Lanes<Bytes>::count;
    for (int first = 0; first < 64; first += width) {
      const auto gather = [&](const auto& number) {
        float row[width];
        for (int lane = 0; lane < width; ++lane) row[lane] = static_cast<float>(number(first + lane));
        return Lanes<Bytes>::load(row);
      };
      Capsule<Lanes<Bytes>> capsule, other;
      Vec<3, Lanes<Bytes>> half;
      for (int k = 0; k < 3; ++k) {
        capsule.a[k] = gather([&](int i) { return many[i].capsule.a[k]; });
        capsule.b[k] = gather([&](int i) { return many[i].capsule.b[k]; });
        half[k] = gather([&](int i) { return many[i].half[k]; });
        other.a[k] = gather([&](int i) { return others[i].a[k]; });
        other.b[k] = gather([&](int i) { return others[i].b[k]; });
      }
      capsule.radius = gather([&](int i) { return many[i].capsule.radius; });
      other.radius = gather([&](int i) { return others[i].radius; });
      signed_distance(capsule, half).store(out + first);
      signed_distance(capsule, other).store(out + 64 + first);
    }
  }
};

}  // namespace

TEST_CASE("the distance of a capsule and a box is the least along the capsule") {
  int outside = 0;
  for (std::uint32_t i = 0; i < cases; ++i) {
    CAPTURE(i);
    const auto [capsule, half] = drawn(i);
    const double got = signed_distance(capsule, half);
    const double gap = least_on_unit([&, c = capsule, h = half](double t) { return point_to_box(at(c, t), h); });
    outside += gap > 1e-9 ? 1 : 0;
    if (gap > 1e-9)
      CHECK(std::abs(got - (gap - capsule.radius)) < 1e-8);
    else
      CHECK(got < 1e-8 - capsule.radius);
  }
  CHECK(outside > 3000);
  CHECK(outside < 3900);
}

TEST_CASE("where a capsule's axis is in a box, the depth is the least way out") {
  int inside = 0;
  for (std::uint32_t i = 0; i < cases && inside < 100; ++i) {
    CAPTURE(i);
    const auto [capsule, half] = drawn(i);
    const double depth = -signed_distance(capsule, half) - capsule.radius;
    if (depth <= 1e-6) continue;
    ++inside;
    const double searched = depth_by_search(capsule, half, i);
    CHECK(depth <= searched + 1e-12);
    CHECK(searched <= depth + 1e-5);
  }
  CHECK(inside == 100);
}

TEST_CASE("the distance of two capsules is the least along both") {
  for (std::uint32_t i = 0; i < cases; i += 8) {
    CAPTURE(i);
    const Capsule<double> a = drawn(i / 8).capsule, b = partner(i / 8);
    const double gap = least_on_unit([&](double t) { return point_to_segment(at(a, t), b); });
    CHECK(std::abs(signed_distance(a, b) - (gap - a.radius - b.radius)) < 1e-8);
    CHECK(std::abs(signed_distance(a, b) - signed_distance(b, a)) < 1e-8);
    const Sphere<double> ball{b.a, b.radius};
    CHECK(std::abs(signed_distance(a, ball) - (point_to_segment(b.a, a) - a.radius - b.radius)) < 1e-8);
    CHECK(std::abs(signed_distance(a, ball) - signed_distance(a, Capsule<double>{b.a, b.a, b.radius})) < 1e-8);
  }
}

TEST_CASE("in float, distances are as accurate as the numbers they are made from") {
  for (std::uint32_t i = 0; i < cases; ++i) {
    CAPTURE(i);
    // Rounded first: a float that stands for another place is no error of the formula.
    const auto [capsule, half] = drawn(i);
    const Capsule<float> c = capsule.as<float>(), other = partner(i).as<float>();
    const Vec<3> h = half.as<float>();
    const double box = signed_distance(c.as<double>(), h.as<double>());
    CHECK(std::abs(static_cast<double>(signed_distance(c, h)) - box) < float_error);
    const double pair = signed_distance(c.as<double>(), other.as<double>());
    CHECK(std::abs(static_cast<double>(signed_distance(c, other)) - pair) < float_error);
    const Sphere<float> ball{other.a, other.radius};
    const double sphere = signed_distance(c.as<double>(), Sphere<double>{ball.center.as<double>(), ball.radius});
    CHECK(std::abs(static_cast<double>(signed_distance(c, ball)) - sphere) < float_error);
  }
}

TEST_CASE("a vector of capsules has the distances of each") {
  for (std::uint32_t first = 0; first < cases; first += 64) {
    std::vector<Case> many;
    std::vector<Capsule<double>> others;
    for (std::uint32_t i = first; i < first + 64; ++i) many.push_back(drawn(i)), others.push_back(partner(i));
    for (const Isa isa : test::available_isas()) {
      float got[128];
      dispatch(isa, EachLane{}, static_cast<const Case*>(many.data()),
               static_cast<const Capsule<double>*>(others.data()), static_cast<float*>(got));
      for (std::size_t i = 0; i < 64; ++i) {
        CAPTURE(first + i);
        CAPTURE(static_cast<int>(isa));
        const Capsule<float> c = many[i].capsule.as<float>();
        CHECK(std::abs(got[i] - signed_distance(c, many[i].half.as<float>())) < 1e-6f);
        CHECK(std::abs(got[64 + i] - signed_distance(c, others[i].as<float>())) < 1e-6f);
      }
    }
  }
}

TEST_CASE("known distances") {
  const OrientedBox<double> plate{{.position = {0, 0, 1}}, {0.13, 0.1, 0.00125}};
  CHECK(signed_distance(Capsule<double>{{0, 0, 1.2}, {0.1, 0, 1.2}, 0.05}, plate) == doctest::Approx(0.14875));
  // Right through: out sideways is shorter than out of the end.
  CHECK(signed_distance(Capsule<double>{{0.1, 0, 0}, {0.1, 0, 2}, 0.05}, plate) == doctest::Approx(-0.08));
  CHECK(signed_distance(Capsule<double>{{0, 0, 1.01}, {0, 0, 2}, 0.05}, plate) == doctest::Approx(0.00875 - 0.05));
  // A box that is turned: an edge towards the capsule.
  const double h = 0.70710678118654752440;
  const OrientedBox<double> turned{{{h, h, 0}, {-h, h, 0}, {0, 0, 1}, {0, 0, 0}}, {1, 1, 1}};
  CHECK(signed_distance(Capsule<double>{{2, 0, -5}, {2, 0, 5}, 0.1}, turned) == doctest::Approx(2 - 2 * h - 0.1));
  CHECK(signed_distance(Capsule<double>{{0, 0, 2}, {1, 0, 0.5}, 0.1}, Ground<double>{{0, 0, 1}, 0.2}) ==
        doctest::Approx(0.2));
  CHECK(signed_distance(Capsule<double>{{0, 0, 0}, {1, 0, 0}, 0.1}, Sphere<double>{{2, 0, 0}, 0.3}) ==
        doctest::Approx(0.6));
}

TEST_CASE("no distance is positive where a number is NaN") {
  for (int which = 0; which < 7; ++which) {
    CAPTURE(which);
    Capsule<float> c{{1, 2, 3}, {2, 3, 4}, 0.1f};
    (which < 3 ? c.a[which] : which < 6 ? c.b[which - 3] : c.radius) = numeric::not_a_number;
    CHECK_FALSE(signed_distance(c, Vec<3>{1, 1, 1}) >= 0);
    CHECK_FALSE(signed_distance(c, Capsule<float>{{9, 9, 9}, {8, 8, 8}, 0.1f}) >= 0);
    CHECK_FALSE(signed_distance(c, Sphere<float>{{9, 9, 9}, 0.1f}) >= 0);
    CHECK_FALSE(signed_distance(c, Ground<float>{{0, 0, 1}, 0}) >= 0);
  }
}
