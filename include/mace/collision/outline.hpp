// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

#include "mace/collision/gjk.hpp"
#include "mace/collision/shapes.hpp"

/// What fitting shapes to convex bodies takes: how far things reach, and cutting bodies in two.
namespace mace::detail {

/// How far something reaches along each direction of an Outline.
using Reach = std::vector<double>;

/// How far a body reaches along many directions, most of them normals of its facets, and how far things reach beyond
/// it.
class Outline {
 public:
  /// Errors: those of extreme_points.
  explicit Outline(const Polytope& points) : body_(extreme_points(points)) {
    Vec<3, double> low = body_[0], high = body_[0];
    for (const auto& vertex : body_)
      for (int i = 0; i < 3; ++i) {
        low[i] = std::min(low[i], vertex[i]);
        high[i] = std::max(high[i], vertex[i]);
      }
    const Vec<3, double> center = 0.5 * (low + high);
    const double distance = norm(high - low) + 1e-3;
    // Seen from a spiral of points around the body, what is nearest to them is facets, most often large ones.
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

  /// The body's vertices.
  const Polytope& body() const { return body_; }
  /// How far the body reaches.
  const Reach& reach() const { return reach_; }

  double reach(const Capsule<double>& capsule, std::size_t i) const {
    return std::max(dot(directions_[i], capsule.a), dot(directions_[i], capsule.b)) + capsule.radius;
  }
  void extend(Reach& reach, const Capsule<double>& capsule) const {
    for (std::size_t i = 0; i < reach.size(); ++i) reach[i] = std::max(reach[i], this->reach(capsule, i));
  }

  /// How far something that holds the body reaches beyond it, mean over the directions.
  double mean_excess(const Reach& reach) const {
    double sum = 0;
    for (std::size_t i = 0; i < reach.size(); ++i) sum += reach[i] - reach_[i];
    return sum / static_cast<double>(reach.size());
  }

  /// The greatest distance of a capsule's points from the body. Since distance from a convex body is a convex function,
  /// it is that of a point on one of the two end balls. Where a plane of the body leaves a ball's top outside, the
  /// nearest point of the body shows a better plane; from each direction this is repeated until there is none.
  double greatest_excess(const Capsule<double>& capsule) const {
    double most = 0;
    for (const auto& end : {capsule.a, capsule.b})
      for (std::size_t i = 0; i < directions_.size(); ++i) {
        Vec<3, double> direction = directions_[i];
        // A direction misses the best one near it by little.
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

/// The least and the greatest place of some points along a direction.
inline std::pair<double, double> range_along(const Vec<3, double>& direction, const Polytope& points) {
  return {dot(direction, support_point(points, -1.0 * direction)), dot(direction, support_point(points, direction))};
}

/// The principal axes of some points, about their mean: the eigenvectors of their scatter, by Jacobi's rotations.
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

/// The corners of the convex hull of points in a plane with this normal (A. Andrew's monotone chains, 1979).
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

/// The two parts of a convex body, below and above the plane normal . x = height: its vertices there, and the corners
/// of the cut, which are among the crossings of the plane with what joins a vertex below to one above. A part may be
/// empty.
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
