// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

#include "mace/collision/extreme_points.hpp"
#include "mace/collision/gjk.hpp"
#include "mace/collision/shapes.hpp"

/// Tools for fitting shapes to convex bodies: extents along many directions, and division of a body by a plane.
namespace mace::detail {

/// Extent of a shape along each direction of an Outline.
using Reach = std::vector<double>;

/// Extents of a body along many directions, most of which are normals of its facets, and the excess of other shapes
/// over them.
class Outline {
 public:
  /// @throws Error if extreme_points() throws.
  explicit Outline(const Polytope& points) : body_(extreme_points(points)) {
    Vec<3, double> low = body_[0], high = body_[0];
    for (const auto& vertex : body_)
      for (int i = 0; i < 3; ++i) {
        low[i] = std::min(low[i], vertex[i]);
        high[i] = std::max(high[i], vertex[i]);
      }
    const Vec<3, double> center = 0.5 * (low + high);
    const double distance = norm(high - low) + 1e-3;
    // From points on a spiral around the body, the directions to the nearest points are mostly normals of large facets.
    constexpr int views = 400;
    for (int i = 0; i < views; ++i) {
      const double z = 1 - (2 * i + 1) / double{views}, across = std::sqrt(1 - z * z);
      const double angle = i * std::numbers::pi * (3 - std::sqrt(5.0));
      const Vec<3, double> there{across * std::cos(angle), across * std::sin(angle), z};
      const Sphere<double> view{center + distance * there, 0};
      directions_.push_back(separation(view, body_, there).direction);
      reach_.push_back(dot(directions_.back(), support_point(body_, directions_.back())));
    }
  }

  /// Vertices of the body.
  const Polytope& body() const { return body_; }
  /// Extents of the body.
  const Reach& reach() const { return reach_; }

  double reach(const Capsule<double>& capsule, std::size_t i) const {
    return std::max(dot(directions_[i], capsule.a), dot(directions_[i], capsule.b)) + capsule.radius;
  }
  void extend(Reach& reach, const Capsule<double>& capsule) const {
    for (std::size_t i = 0; i < reach.size(); ++i) reach[i] = std::max(reach[i], this->reach(capsule, i));
  }

  /// Excess over the body of a shape that encloses it, the mean over directions.
  double mean_excess(const Reach& reach) const {
    double sum = 0;
    for (std::size_t i = 0; i < reach.size(); ++i) sum += reach[i] - reach_[i];
    return sum / static_cast<double>(reach.size());
  }

  /// The greatest distance from a point of a capsule to the body. The distance to a convex body is a convex function,
  /// so its maximum is on one of the two end balls. The search starts from each direction: while the top of a ball is
  /// outside a supporting plane, the nearest point of the body gives a better plane.
  double greatest_excess(const Capsule<double>& capsule) const {
    double most = 0;
    for (const auto& end : {capsule.a, capsule.b})
      for (std::size_t i = 0; i < directions_.size(); ++i) {
        Vec<3, double> direction = directions_[i];
        // The best direction close to this one is only a little better.
        if (capsule.radius + dot(direction, end) - reach_[i] < most - 0.1 * capsule.radius) continue;
        for (int step = 0; step < 20; ++step) {
          const Sphere<double> top{end + capsule.radius * direction, 0};
          const Separation known = separation(top, body_, direction);
          if (!(known.at_least > most)) break;
          most = known.at_most;
          direction = known.direction;
        }
      }
    return most;
  }

 private:
  Polytope body_;
  std::vector<Vec<3, double>> directions_;
  Reach reach_;
};

/// Extent of a set of points along a direction: the least and the greatest coordinate.
inline std::pair<double, double> range_along(const Vec<3, double>& direction, const Polytope& points) {
  return {dot(direction, support_point(points, -1.0 * direction)), dot(direction, support_point(points, direction))};
}

/// Principal axes of a set of points about their mean: the eigenvectors of the scatter matrix, by Jacobi rotations.
inline Pose<double> principal_axes(const Polytope& points) {
  Pose<double> axes;
  for (const auto& point : points) axes.position = axes.position + (1.0 / double(points.size())) * point;
  Vec<3, double>* const axis[] = {&axes.x, &axes.y, &axes.z};
  for (int turn = 0; turn < 36; ++turn) {
    Vec<3, double>&u = *axis[turn % 3], &v = *axis[(turn + 1) % 3];
    double uu = 0, uv = 0, vv = 0;
    for (const auto& point : points) {
      const double along_u = dot(u, point - axes.position), along_v = dot(v, point - axes.position);
      uu += along_u * along_u;
      uv += along_u * along_v;
      vv += along_v * along_v;
    }
    const double angle = 0.5 * std::atan2(2 * uv, uu - vv), sine = std::sin(angle), cosine = std::cos(angle);
    const Vec<3, double> turned = cosine * u + sine * v;
    v = cosine * v - sine * u;
    u = turned;
  }
  return axes;
}

/// Corners of the convex hull of points in a plane with this normal (A. Andrew's monotone chain, 1979).
inline Polytope flat_hull(Polytope points, const Vec<3, double>& normal) {
  const Vec<3, double> u = cross(normal, std::abs(normal[0]) < 0.6 ? Vec<3, double>{1, 0, 0} : Vec<3, double>{0, 1, 0});
  const Vec<3, double> v = cross(normal, u);
  std::sort(points.begin(), points.end(), [&](const auto& a, const auto& b) {
    return std::pair(dot(u, a), dot(v, a)) < std::pair(dot(u, b), dot(v, b));
  });
  Polytope hull;
  for (int side = 0; side < 2; ++side) {
    const std::size_t first = hull.size();
    for (const auto& point : points) {
      while (hull.size() >= first + 2 &&
             dot(normal, cross(hull.back() - hull[hull.size() - 2], point - hull.back())) <= 0)
        hull.pop_back();
      hull.push_back(point);
    }
    hull.pop_back();
    std::reverse(points.begin(), points.end());
  }
  return hull;
}

/// Divides a convex body by the plane normal . x = height into the parts below and above. Each part has the body's
/// vertices on its side and the corners of the cut, which are among the intersections of the plane with the segments
/// from a vertex below to a vertex above. A part may be empty.
inline std::pair<Polytope, Polytope> cut(const Polytope& body, const Vec<3, double>& normal, double height) {
  std::pair<Polytope, Polytope> parts;
  auto& [below, above] = parts;
  for (const auto& point : body) (dot(normal, point) < height ? below : above).push_back(point);
  Polytope crossings;
  for (const auto& a : below)
    for (const auto& b : above) {
      const double share = (height - dot(normal, a)) / dot(normal, b - a);
      crossings.push_back(a + share * (b - a));
    }
  if (crossings.size() > 3) crossings = flat_hull(std::move(crossings), normal);
  for (Polytope* part : {&below, &above}) part->insert(part->end(), crossings.begin(), crossings.end());
  return parts;
}

}  // namespace mace::detail
