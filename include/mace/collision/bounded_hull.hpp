// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/collision/shapes.hpp"
#include "mace/collision/support_table.hpp"

namespace mace::detail {

/// A nearly minimal bounding sphere: the center moves toward the farthest point by steps that shrink (Badoiu and
/// Clarkson, "Smaller core-sets for balls", 2003).
inline Sphere<double> bounding_sphere(const Polytope& points) {
  const auto farthest_from = [&](const Vec<3, double>& center) {
    Vec<3, double> farthest = points.front();
    double most = -1;
    for (const auto& point : points)
      if (const double square = dot(point - center, point - center); square > most) {
        farthest = point;
        most = square;
      }
    return farthest;
  };
  Vec<3, double> center = points.front();
  for (int step = 2; step <= 100; ++step) center = center + (1.0 / step) * (farthest_from(center) - center);
  return {center, norm(farthest_from(center) - center)};
}

/// A convex hull prepared for GJK, with its bounding sphere for the broad phase.
struct BoundedHull {
  SupportTable points;
  Sphere<double> around;

  explicit BoundedHull(const Polytope& hull) : points(hull), around(bounding_sphere(hull)) {}
};

}  // namespace mace::detail
