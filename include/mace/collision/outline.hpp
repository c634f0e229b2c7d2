// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "mace/collision/extreme_points.hpp"
#include "mace/collision/gjk.hpp"
#include "mace/collision/shapes.hpp"
#include "mace/collision/support_table.hpp"

/// Tools for fitting shapes to convex bodies: extents along many directions, and division of a body by a plane.
namespace mace::detail {

/// Extent of a shape along each direction of an Outline.
using Reach = std::vector<double>;

/// Extents of a body along many directions, most of which are normals of its facets, and the excess of other shapes
/// over them.
class Outline {
 public:
  /// @throws Error if extreme_points() throws.
  explicit Outline(const Polytope& points) : body_(extreme_points(points)), table_(body_) {
    Vec<3, double> low = body_[0], high = body_[0];
    for (const auto& vertex : body_)
      for (int i = 0; i < 3; ++i) {
        low[i] = std::min(low[i], vertex[i]);
        high[i] = std::max(high[i], vertex[i]);
      }
    const Vec<3, double> center = 0.5 * (low + high);
    const double distance = norm(high - low) + 1e-3;
    // From points on a spiral around the body, the directions to the nearest points are mostly normals of large facets.
    for (int i = 0; i < static_cast<int>(views); ++i) {
      const double z = 1 - (2 * i + 1) / double{views}, across = std::sqrt(1 - z * z);
      const double angle = i * std::numbers::pi * (3 - std::sqrt(5.0));
      const Vec<3, double> there{across * std::cos(angle), across * std::sin(angle), z};
      const Sphere<double> view{center + distance * there, 0};
      directions_.push_back(separation(view, table_, there).direction);
      reach_.push_back(dot(directions_.back(), support_point(table_, directions_.back())));
    }
    for (std::size_t i = 0; i < views; ++i) {
      x_[i] = directions_[i][0];
      y_[i] = directions_[i][1];
      z_[i] = directions_[i][2];
    }
    make_coarse();
  }

  /// Vertices of the body.
  const Polytope& body() const { return body_; }
  /// The vertices, or a few hundred of them if there are more. The body is within `coarse_gap()` of their hull.
  const Polytope& coarse() const { return coarse_; }
  double coarse_gap() const { return coarse_gap_; }
  /// Extents of the body.
  const Reach& reach() const { return reach_; }

  double reach(const Capsule<double>& capsule, std::size_t i) const {
    return std::max(dot(directions_[i], capsule.a), dot(directions_[i], capsule.b)) + capsule.radius;
  }
  void extend(Reach& reach, const Capsule<double>& capsule) const {
    for (std::size_t i = 0; i < reach.size(); ++i) reach[i] = std::max(reach[i], this->reach(capsule, i));
  }

  /// How far a capsule extends beyond two reaches, the second counted by a factor; the mean over directions.
  double mean_beyond(const Capsule<double>& capsule, const Reach& one, const Reach& other, double factor) const {
    // Four sums, which the compiler adds up side by side.
    constexpr std::size_t lanes = 4;
    static_assert(views % lanes == 0);
    double sums[lanes]{};
    const auto [ax, ay, az] = capsule.a.v;
    const auto [bx, by, bz] = capsule.b.v;
    for (std::size_t i = 0; i < views; i += lanes)
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const double x = x_[i + lane], y = y_[i + lane], z = z_[i + lane];
        const double there = std::max(x * ax + y * ay + z * az, x * bx + y * by + z * bz) + capsule.radius;
        sums[lane] += std::max(there - one[i + lane], 0.0) + factor * std::max(there - other[i + lane], 0.0);
      }
    return (sums[0] + sums[1] + sums[2] + sums[3]) / views;
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
          const Separation known = separation(top, table_, direction);
          if (!(known.at_least > most)) break;
          most = known.at_most;
          direction = known.direction;
        }
      }
    return most;
  }

 private:
  static constexpr std::size_t views = 400;

  void make_coarse() {
    constexpr std::size_t most = 1024;
    coarse_ = body_;
    if (body_.size() <= most) return;
    coarse_.clear();
    for (std::size_t i = 0; i < directions_.size(); ++i) coarse_.push_back(support_point(table_, directions_[i]));
    coarse_ = extreme_points(coarse_);
    const SupportTable coarse(coarse_);
    for (const auto& vertex : body_) {
      const Separation known = separation(Sphere<double>{vertex, 0}, coarse, vertex - coarse_.front());
      coarse_gap_ = std::max(coarse_gap_, known.at_most);
    }
  }

  Polytope body_;
  SupportTable table_;
  Polytope coarse_;
  double coarse_gap_ = 0;
  std::vector<Vec<3, double>> directions_;
  std::array<double, views> x_, y_, z_;  // of the directions
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
    // Of the two angles the one within 45 degrees: turns that swap axes would keep some pairs from ever meeting.
    const double angle = 0.5 * std::atan2(uu < vv ? -2 * uv : 2 * uv, std::abs(uu - vv));
    const double sine = std::sin(angle), cosine = std::cos(angle);
    const Vec<3, double> turned = cosine * u + sine * v;
    v = cosine * v - sine * u;
    u = turned;
  }
  return axes;
}

/// Corners of the convex hull of points in a plane with this unit normal (A. Andrew's monotone chain, 1979). Points
/// that are beyond the others by less than 1e-10 m are dropped: rounding would make corners of all points on an edge.
inline Polytope flat_hull(const Polytope& points, const Vec<3, double>& normal) {
  const Vec<3, double> across =
      cross(normal, std::abs(normal[0]) < 0.6 ? Vec<3, double>{1, 0, 0} : Vec<3, double>{0, 1, 0});
  const Vec<3, double> u = (1 / norm(across)) * across, v = cross(normal, u);
  struct Spot {
    double x, y;
    std::size_t point;
  };
  std::vector<Spot> spots;
  for (std::size_t i = 0; i < points.size(); ++i) spots.push_back({dot(u, points[i]), dot(v, points[i]), i});
  const auto area = [](const Spot& a, const Spot& b, const Spot& c) {
    return (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x);
  };
  const auto is_corner = [&](const Spot& before, const Spot& spot, const Spot& after) {
    return area(before, spot, after) > 1e-10 * std::hypot(after.x - before.x, after.y - before.y);
  };
  // Most points are inside the octagon of the farthest along eight directions, and need not be sorted.
  std::array<Spot, 8> octagon;
  for (std::size_t i = 0; i < 8; ++i) {
    const double angle = 0.25 * std::numbers::pi * static_cast<double>(i), x = std::cos(angle), y = std::sin(angle);
    octagon[i] = spots.front();
    double most = -std::numeric_limits<double>::infinity();
    for (const Spot& spot : spots)
      if (const double along = x * spot.x + y * spot.y; along > most) {
        octagon[i] = spot;
        most = along;
      }
  }
  std::erase_if(spots, [&](const Spot& spot) {
    bool inside = octagon[0].point != octagon[4].point;
    for (std::size_t i = 0; i < 8 && inside; ++i) {
      const Spot &a = octagon[i], &b = octagon[(i + 1) % 8];
      inside = a.point == b.point || area(a, b, spot) > 0;
    }
    return inside;
  });
  std::sort(spots.begin(), spots.end(),
            [](const Spot& a, const Spot& b) { return std::pair(a.x, a.y) < std::pair(b.x, b.y); });
  std::vector<Spot> chain;
  for (int side = 0; side < 2; ++side) {
    const std::size_t first = chain.size();
    for (const Spot& spot : spots) {
      while (chain.size() >= first + 2 && !is_corner(chain[chain.size() - 2], chain.back(), spot)) chain.pop_back();
      chain.push_back(spot);
    }
    chain.pop_back();
    std::reverse(spots.begin(), spots.end());
  }
  Polytope hull;
  for (const Spot& spot : chain) hull.push_back(points[spot.point]);
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
  if (crossings.size() > 3) crossings = flat_hull(crossings, normal);
  for (Polytope* part : {&below, &above}) part->insert(part->end(), crossings.begin(), crossings.end());
  return parts;
}

}  // namespace mace::detail
