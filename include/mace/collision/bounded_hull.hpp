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

/// A segment within the hull of points, along most of its longest axis: between the means of the points near both ends.
struct Spine {
  Vec<3, double> a{}, b{};

  explicit Spine(const Polytope& points) {
    const OrientedBox<double> bounds = bounds_of(points);
    const auto longest = static_cast<int>(std::max_element(bounds.half.v, bounds.half.v + 3) - bounds.half.v);
    const double middle = bounds.pose.position[longest], near_end = 0.8 * bounds.half[longest];
    double a_count = 0, b_count = 0;
    for (const auto& point : points) {
      const double along = point[longest] - middle;
      if (along <= -near_end) a = a + point, ++a_count;
      if (along >= near_end) b = b + point, ++b_count;
    }
    a = (1 / a_count) * a;
    b = (1 / b_count) * b;
  }
};

/// A convex hull prepared for GJK, with its bounding sphere for the broad phase, and its spine.
struct BoundedHull {
  SupportTable points;
  Sphere<double> around;
  Spine spine;

  explicit BoundedHull(const Polytope& hull) : points(hull), around(bounding_sphere(hull)), spine(hull) {}
};

}  // namespace mace::detail
