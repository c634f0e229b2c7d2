// SPDX-License-Identifier: Apache-2.0
#include "shapes/box.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "mace/core/numeric.hpp"
#include "support/clouds.hpp"

using namespace mace;

namespace {

/// Where a point of a box's surface lies: one of 24 cells, four to a face, and that cell's share of the whole area.
struct Cell {
  int index;
  double share, distance;  ///< distance from the face's plane
};

Cell cell_of(const Box& box, const float* p) {
  const double edge[3] = {box.x_edge, box.y_edge, box.height}, yaw = box.yaw;
  const double q[3] = {(std::cos(yaw) * p[0] + std::sin(yaw) * p[1]) / edge[0],
                       (-std::sin(yaw) * p[0] + std::cos(yaw) * p[1]) / edge[1], p[2] / edge[2] - 0.5};
  int across = 0;
  for (int axis = 1; axis < 3; ++axis)
    if (std::abs(q[axis]) > std::abs(q[across])) across = axis;
  const int u = (across + 1) % 3, v = (across + 2) % 3;
  const double area = 2 * (edge[0] * edge[1] + edge[1] * edge[2] + edge[0] * edge[2]);
  return {8 * across + (q[across] > 0 ? 4 : 0) + (q[u] > 0 ? 2 : 0) + (q[v] > 0 ? 1 : 0), edge[u] * edge[v] / area / 4,
          (std::abs(q[across]) - 0.5) * edge[across]};
}

}  // namespace

TEST_CASE("sample_box puts points on the surface, uniformly in area") {
  for (const Box& box : {Box{0.2f, 1.0f, 0.5f, 0.7f}, Box{1.0f, 0.9f, 0.2f, -3.0f}, Box{0.6f, 0.6f, 0.6f, 0.0f}}) {
    const Index points = 60'000;
    std::vector<float> xyz(3 * points);
    Random random({1, Stream::evaluation, 0}, 0);
    sample_box(box, random, xyz.data(), points);
    double counts[24] = {}, shares[24] = {}, astray = 0;
    for (Index i = 0; i < points; ++i) {
      const Cell cell = cell_of(box, xyz.data() + 3 * i);
      ++counts[cell.index];
      shares[cell.index] = cell.share;
      astray = std::max(astray, std::abs(cell.distance));
    }
    CHECK(astray < 1e-6);
    double chi_squared = 0;
    for (int c = 0; c < 24; ++c) {
      const double expected = shares[c] * static_cast<double>(points);
      chi_squared += (counts[c] - expected) * (counts[c] - expected) / expected;
    }
    CHECK(chi_squared < 70.55);  // 23 degrees of freedom; false alarm 1e-6
  }
}

TEST_CASE("random_box draws edges and yaw from their ranges") {
  double sum[4] = {};
  const int boxes = 2000;
  for (std::uint32_t i = 0; i < boxes; ++i) {
    Random random({2, Stream::evaluation, 0}, i);
    const Box box = random_box(random);
    for (const float edge : {box.x_edge, box.y_edge, box.height}) {
      CHECK(edge >= 0.2f);
      CHECK(edge <= 1.0f);
    }
    CHECK(std::abs(box.yaw) <= 3.1415927f);
    const float values[4] = {box.x_edge, box.y_edge, box.height, box.yaw};
    for (int v = 0; v < 4; ++v) sum[v] += static_cast<double>(values[v]) / boxes;
  }
  // Means of uniform numbers; a deviation of 4.892 is a false alarm of 1e-6.
  for (int v = 0; v < 3; ++v) CHECK(std::abs(sum[v] - 0.6) < 4.892 * 0.8 / std::sqrt(12.0 * boxes));
  CHECK(std::abs(sum[3]) < 4.892 * 6.2832 / std::sqrt(12.0 * boxes));
}

TEST_CASE("random_cut keeps 30 to 70 percent of the points") {
  const int cuts = 1000;
  double mean = 0, direction[3] = {};
  for (std::uint32_t i = 0; i < cuts; ++i) {
    Random random({3, Stream::evaluation, 0}, i);
    const Index points = 100 + 7 * (i % 50);
    const std::vector<float> xyz = test::box_points(points, i);
    const CutPlane cut = random_cut(random, xyz);
    double kept = 0;
    for (Index p = 0; p < points; ++p)
      kept += cut.contains(xyz.data() + 3 * p) ? 1.0 / static_cast<double>(points) : 0.0;
    CHECK(kept >= 0.3);
    CHECK(kept <= 0.7 + 1.0 / static_cast<double>(points));
    CHECK(std::hypot(cut.normal[0], cut.normal[1], cut.normal[2]) == doctest::Approx(1.0));
    mean += kept / cuts;
    for (int axis = 0; axis < 3; ++axis) direction[axis] += static_cast<double>(cut.normal[axis]) / cuts;
  }
  // A share uniform in [0.3, 0.7] and, over points, at most 1 / 100 more; components of variance 1/3. False alarm 1e-6.
  CHECK(std::abs(mean - 0.5) < 4.892 * 0.4 / std::sqrt(12.0 * cuts) + 0.01);
  for (const double d : direction) CHECK(std::abs(d) < 4.892 / std::sqrt(3.0 * cuts));
}

TEST_CASE("random_cut refuses an empty cloud") {
  Random random({3, Stream::evaluation, 0}, 0);
  CHECK_THROWS_WITH_AS(random_cut(random, {}), "random_cut: wanted at least 1 points, got 0", Error);
}

TEST_CASE("require_cloud refuses what is no cloud") {
  struct Row {
    std::vector<float> xyz;
    std::size_t at_least;
    const char* message;
  };
  const Row rows[] = {
      {{1, 2, 3, 4}, 1, "test: wanted three coordinates a point, got 4 numbers"},
      {{}, 1, "test: wanted at least 1 points, got 0"},
      {{1, 2, 3}, 5, "test: wanted at least 5 points, got 1"},
      {{1, 2, 3, 4, numeric::not_a_number, 6}, 1, "test: wanted finite coordinates, got nan in point 1"},
      {{-numeric::infinity, 2, 3}, 1, "test: wanted finite coordinates, got -inf in point 0"},
      {{1, 2, 3, 4, 5, -2e15f}, 1, "test: wanted coordinates between -1e15 and 1e15, got -2e+15 in point 1"},
  };
  for (const Row& row : rows) CHECK_THROWS_WITH_AS(require_cloud("test", row.xyz, row.at_least), row.message, Error);
  CHECK_NOTHROW(require_cloud("test", std::vector<float>{1, 2, 3}));
}
