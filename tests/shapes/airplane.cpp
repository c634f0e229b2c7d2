// SPDX-License-Identifier: Apache-2.0
#include "shapes/airplane.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <vector>

using namespace mace;

namespace {

using Triangle = AirplaneSurface::Triangle;

/// The first airplanes of each kind.
std::vector<Airplane> some_of_each(std::uint32_t count) {
  std::vector<Airplane> airplanes;
  for (int kind = 0; kind < airplane_kinds; ++kind)
    for (std::uint32_t i = 0; i < count; ++i) {
      Random random({31, Stream::evaluation, static_cast<std::uint32_t>(kind)}, i);
      airplanes.push_back(random_airplane(static_cast<AirplaneKind>(kind), random));
    }
  return airplanes;
}

std::vector<Triangle> surface_of(const Airplane& airplane) {
  AirplaneSurface surface(airplane);
  surface.normalize();
  return surface.triangles();
}

std::vector<float> cloud_of(const Airplane& airplane, Index points, std::uint32_t name) {
  Random random({32, Stream::evaluation, 0}, name);
  std::vector<float> xyz(static_cast<std::size_t>(3 * points));
  sample_airplane(airplane, random, xyz.data(), points);
  return xyz;
}

double area(const Triangle& t) {
  const Vec<3> n = cross(t[1] - t[0], t[2] - t[0]);
  return 0.5 * std::sqrt(static_cast<double>(dot(n, n)));
}

/// How far a point is from a triangle's plane and its edges' inner sides, whichever is more.
double astray(const Triangle& t, const Vec<3>& p) {
  const Vec<3, double> a = t[0].as<double>(), ab = t[1].as<double>() - a, ac = t[2].as<double>() - a,
                       ap = p.as<double>() - a;
  const Vec<3, double> n = cross(ab, ac);
  const double twice = norm(n);
  if (twice < 1e-12) return 1;
  const double height = dot(n, ap) / twice;
  const double u = dot(cross(ap, ac), n) / (twice * twice), v = dot(cross(ab, ap), n) / (twice * twice);
  return std::max({std::abs(height), -u, -v, u + v - 1.0});
}

}  // namespace

TEST_CASE("airplanes of every kind are in the frame") {
  for (const Airplane& airplane : some_of_each(10)) {
    float low[3] = {9, 0, 9}, high[3] = {-9, 0, -9};
    int outside = 0;
    for (const Triangle& triangle : surface_of(airplane))
      for (const Vec<3>& p : triangle)
        for (int axis = 0; axis < 3; ++axis) {
          low[axis] = std::min(low[axis], p[axis]);
          high[axis] = std::max(high[axis], p[axis]);
          outside += axis == 1 && p[1] < 0 ? 1 : 0;
        }
    CHECK(low[0] + high[0] == doctest::Approx(0).epsilon(1e-5));
    CHECK(low[2] + high[2] == doctest::Approx(0).epsilon(1e-5));
    CHECK(std::hypot(high[0] - low[0], 2 * high[1], high[2] - low[2]) == doctest::Approx(1.0).epsilon(1e-5));
    const std::vector<float> xyz = cloud_of(airplane, 4096, 1);
    for (std::size_t i = 0; i < xyz.size(); ++i) {
      const float top = i % 3 == 1 ? high[1] : high[i % 3];
      outside += std::abs(xyz[i]) <= top + 1e-5f ? 0 : 1;
    }
    CHECK(outside == 0);
    CHECK(high[0] - low[0] > 0.15f);
    CHECK(2 * high[1] > 0.2f);
    CHECK(high[2] - low[2] < 0.5f);
  }
}

TEST_CASE("points of an airplane lie on its surface, uniformly in area") {
  for (const Airplane& airplane : some_of_each(1)) {
    const std::vector<Triangle> triangles = surface_of(airplane);
    // Shares of the area left and right of three planes x = constant, from triangles cut into small ones.
    const float cut[3] = {-0.2f, 0.0f, 0.2f};
    double whole = 0, expected[3] = {};
    const int fine = 12;
    for (const Triangle& t : triangles)
      for (int i = 0; i < fine; ++i)
        for (int j = 0; j < fine; ++j) {
          const bool folded = i + j >= fine;  // the centers of the small triangles, half of them upside down
          const float u = (static_cast<float>(folded ? fine - 1 - i : i) + (folded ? 2.0f : 1.0f) / 3.0f) / fine;
          const float v = (static_cast<float>(folded ? fine - 1 - j : j) + (folded ? 2.0f : 1.0f) / 3.0f) / fine;
          const float x = (t[0] + u * (t[1] - t[0]) + v * (t[2] - t[0]))[0];
          const double part = area(t) / (fine * fine);
          whole += part;
          for (int c = 0; c < 3; ++c) expected[c] += x < cut[c] ? part : 0;
        }
    const Index points = 20'000;
    const std::vector<float> xyz = cloud_of(airplane, points, 2);
    double below[3] = {}, left = 0;
    for (Index i = 0; i < points; ++i) {
      const float* p = xyz.data() + 3 * i;
      for (int c = 0; c < 3; ++c) below[c] += p[0] < cut[c] ? 1 : 0;
      left += p[1] > 0 ? 1 : 0;
    }
    const double n = static_cast<double>(points);
    for (int c = 0; c < 3; ++c) {
      const double share =
          expected[c] / whole;  // within 0.004 by the small triangles; 4.892 deviations: false alarm 1e-6
      CHECK(std::abs(below[c] / n - share) < 0.004 + 4.892 * std::sqrt(share * (1 - share) / n));
    }
    CHECK(std::abs(left / n - 0.5) < 4.892 * 0.5 / std::sqrt(n));
    for (Index i = 0; i < 60; ++i) {
      const Vec<3> p{xyz[static_cast<std::size_t>(3 * i)], std::abs(xyz[static_cast<std::size_t>(3 * i + 1)]),
                     xyz[static_cast<std::size_t>(3 * i + 2)]};
      double nearest = 1;
      for (const Triangle& t : triangles) nearest = std::min(nearest, astray(t, p));
      CHECK(nearest < 1e-3);
    }
  }
}

TEST_CASE("left and right halves of an airplane are alike") {
  for (const Airplane& airplane : some_of_each(1)) {
    const Index points = 20'000;
    const std::vector<float> xyz = cloud_of(airplane, points, 3);
    double count[2] = {}, sum[2][3] = {}, square[2][3] = {};
    for (Index i = 0; i < points; ++i) {
      const int side = xyz[static_cast<std::size_t>(3 * i + 1)] > 0 ? 1 : 0;
      ++count[side];
      for (int axis = 0; axis < 3; ++axis) {
        const double value = std::abs(static_cast<double>(xyz[static_cast<std::size_t>(3 * i + axis)])) *
                             (axis == 1 || xyz[static_cast<std::size_t>(3 * i + axis)] > 0 ? 1 : -1);
        sum[side][axis] += value, square[side][axis] += value * value;
      }
    }
    for (int axis = 0; axis < 3; ++axis) {
      double mean[2], variance = 0;
      for (const int side : {0, 1}) {
        mean[side] = sum[side][axis] / count[side];
        variance += (square[side][axis] / count[side] - mean[side] * mean[side]) / count[side];
      }
      CHECK(std::abs(mean[0] - mean[1]) < 4.892 * std::sqrt(variance));
    }
  }
}

TEST_CASE("the same random numbers give the same airplane and the same bits") {
  for (std::uint32_t i = 0; i < 20; ++i) {
    std::vector<float> xyz[2];
    for (std::vector<float>& cloud : xyz) {
      Random random({5, Stream::data, 3}, i);
      cloud.resize(3 * 2048);
      sample_airplane(random_airplane(random), random, cloud.data(), 2048);
    }
    CHECK(std::memcmp(xyz[0].data(), xyz[1].data(), xyz[0].size() * sizeof(float)) == 0);
  }
}

TEST_CASE("airplanes of every kind are drawn as often as is said, and all are finite") {
  constexpr double weight[airplane_kinds] = {0.25, 0.07, 0.11, 0.17, 0.02, 0.02, 0.11, 0.09, 0.02, 0.07, 0.07};
  constexpr int draws = 10'000;
  int count[airplane_kinds] = {}, bad = 0;
  for (std::uint32_t i = 0; i < draws; ++i) {
    Random random({6, Stream::evaluation, 0}, i);
    const Airplane airplane = random_airplane(random);
    ++count[static_cast<int>(airplane.kind)];
    float xyz[3 * 16];
    sample_airplane(airplane, random, xyz, 16);
    for (const float x : xyz) bad += std::abs(x) <= 0.5f ? 0 : 1;  // of NaN too
  }
  CHECK(bad == 0);
  for (int kind = 0; kind < airplane_kinds; ++kind) {
    const double share = count[kind] / static_cast<double>(draws), p = weight[kind];
    CHECK(std::abs(share - p) < 4.892 * std::sqrt(p * (1 - p) / draws));
  }
}

TEST_CASE("a wing or an airplane of more parts than there is room for is refused") {
  AirplaneWing wing;
  for (int i = 0; i < AirplaneWing::capacity; ++i) wing.add(AirplaneRib{});
  CHECK_THROWS_WITH_AS(wing.add(AirplaneRib{}), "AirplaneWing: wanted at most 6 ribs", Error);
  Airplane airplane;
  for (int i = 0; i < Airplane::body_capacity; ++i) airplane.add(AirplaneBody{});
  CHECK_THROWS_WITH_AS(airplane.add(AirplaneBody{}), "Airplane: wanted at most 24 bodies", Error);
}
