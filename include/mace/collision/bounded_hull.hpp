// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "mace/collision/shapes.hpp"
#include "mace/collision/support_table.hpp"

namespace mace::detail {

/// A nearly minimal bounding sphere: the center moves toward the farthest point by steps that shrink (Badoiu and
/// Clarkson, "Smaller core-sets for balls", 2003).
inline Sphere<double> bounding_sphere(const Polytope& points) {
  const auto farthest_from = [&](const Vec<3, double>& center) {
    return *std::max_element(points.begin(), points.end(), [&](const auto& a, const auto& b) {
      return dot(a - center, a - center) < dot(b - center, b - center);
    });
  };
  Vec<3, double> center = points.front();
  for (int step = 2; step <= 100; ++step) center = center + (1.0 / step) * (farthest_from(center) - center);
  return {center, norm(farthest_from(center) - center)};
}

/// The smallest box around points whose edges are parallel to the axes.
inline OrientedBox<double> bounds_of(const Polytope& points) {
  Vec<3, double> low = points.front(), high = low;
  for (const auto& point : points)
    for (int i = 0; i < 3; ++i) {
      low[i] = std::min(low[i], point[i]);
      high[i] = std::max(high[i], point[i]);
    }
  return {{.position = 0.5 * (low + high)}, 0.5 * (high - low)};
}

/// A convex hull prepared for GJK, with its bounding sphere for the broad phase.
struct BoundedHull {
  SupportTable points;
  Sphere<double> around;

  explicit BoundedHull(const Polytope& hull) : points(hull), around(bounding_sphere(hull)) {}
};

}  // namespace mace::detail
