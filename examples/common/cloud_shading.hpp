// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "common/painting.hpp"
#include "mace/core/view.hpp"

namespace mace::examples {

/// The direction in which the points spread least: the normal of their surface, up to its sign.
inline Point3 flat_direction(const std::vector<Point3>& points) {
  Point3 mean{0.0, 0.0, 0.0};
  for (const Point3& p : points) mean = mean + scaled(p, 1.0 / static_cast<double>(points.size()));
  std::array<Point3, 3> covariance{};
  for (const Point3& p : points) {
    const Point3 d = p - mean;
    for (std::size_t row = 0; row < 3; ++row) covariance[row] = covariance[row] + scaled(d, d[static_cast<int>(row)]);
  }
  // Power iteration on trace - covariance, whose largest eigenvector is the covariance's smallest.
  const double trace = covariance[0][0] + covariance[1][1] + covariance[2][2];
  Point3 direction{0.48, 0.6, 0.64};
  for (int step = 0; step < 24 && trace > 0.0; ++step) {
    const Point3 product{dot(covariance[0], direction), dot(covariance[1], direction), dot(covariance[2], direction)};
    const Point3 next = scaled(direction, trace) - product;
    if (norm(next) < 1e-9 * trace) break;  // the points lie on a line along `direction`
    direction = scaled(next, 1.0 / norm(next));
  }
  return direction;
}

/// The normal of the surface at each point of a cloud (3 x n) up to its sign, from its neighbors by brute force, which
/// takes n² steps.
inline std::vector<Point3> surface_normals(MatrixView<const float> xyz, Index neighbors = 20) {
  const Index count = std::min(neighbors, xyz.cols());
  std::vector<std::pair<double, Index>> order(static_cast<std::size_t>(xyz.cols()));
  std::vector<Point3> normals, around(static_cast<std::size_t>(count));
  for (Index i = 0; i < xyz.cols(); ++i) {
    const Point3 p = to_point(xyz.column(i));
    for (Index j = 0; j < xyz.cols(); ++j) {
      const Point3 d = to_point(xyz.column(j)) - p;
      order[static_cast<std::size_t>(j)] = {dot(d, d), j};
    }
    std::nth_element(order.begin(), order.begin() + count - 1, order.end());
    for (std::size_t k = 0; k < around.size(); ++k) around[k] = to_point(xyz.column(order[k].second));
    normals.push_back(flat_direction(around));
  }
  return normals;
}

/// Adds a cloud as balls, each as bright as its surface, whose normals are given, is lit from above and the left: so a
/// cloud shows its faces. `lift` moves the balls towards the viewer, for a cloud to be seen before another on the same
/// surface.
inline void add_lit_cloud(Painting& painting, const Camera& camera, MatrixView<const float> xyz,
                          const std::vector<Point3>& normals, double radius, Color color, double lift = 0.0) {
  const Point3 light = scaled(camera.toward(), 0.25) + scaled(camera.right(), -0.55) + Point3{0.0, 0.0, 0.8};
  for (std::size_t i = 0; i < normals.size(); ++i) {
    const double lit = std::abs(dot(normals[i], light)) - 0.5;
    const Color shade = lit < 0.0 ? mix(color, palette::black, -0.4 * lit) : mix(color, palette::white, 0.7 * lit);
    const Point3 center = to_point(xyz.column(static_cast<Index>(i)));
    painting.add_ball(center + scaled(camera.toward(), lift), radius, shade);
  }
}

}  // namespace mace::examples
