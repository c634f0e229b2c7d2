// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numbers>
#include <set>
#include <utility>
#include <vector>

#include "mace/collision/gjk.hpp"
#include "mace/collision/shapes.hpp"

/// Convex bodies as triangles, to be looked at.
namespace mace::examples {

/// Triangles whose corners are counter-clockwise from outside. Meters.
struct Mesh {
  Polytope vertices;
  std::vector<std::array<std::size_t, 3>> triangles;

  void add(const Mesh& other) {
    for (auto triangle : other.triangles) {
      for (std::size_t& corner : triangle) corner += vertices.size();
      triangles.push_back(triangle);
    }
    vertices.insert(vertices.end(), other.vertices.begin(), other.vertices.end());
  }
};

/// Directions of length 1 about evenly spread over the sphere, on a spiral.
inline Polytope spiral_directions(int count) {
  Polytope directions;
  for (int i = 0; i < count; ++i) {
    const double z = 1 - (2 * i + 1) / static_cast<double>(count), across = std::sqrt(1 - z * z);
    const double angle = i * std::numbers::pi * (3 - std::sqrt(5.0));
    directions.push_back({across * std::cos(angle), across * std::sin(angle), z});
  }
  return directions;
}

/// Points on a capsule: half a ball at each end, and rings between them.
inline Polytope capsule_surface(const Capsule<double>& capsule, int points_of_ball) {
  const Vec<3, double> axis = capsule.b - capsule.a;
  const double length = norm(axis);
  Polytope points;
  for (const auto& direction : spiral_directions(points_of_ball)) {
    points.push_back((dot(direction, axis) > 0 ? capsule.b : capsule.a) + capsule.radius * direction);
    if (!(length > 0)) continue;
    const Vec<3, double> across = direction - (dot(direction, axis) / (length * length)) * axis;
    const double share = 0.5 + 0.5 * direction[2];  // which runs from 0 to 1
    points.push_back(capsule.a + share * axis + (capsule.radius / std::max(norm(across), 1e-12)) * across);
  }
  return points;
}

namespace detail {

/// A hull that grows point by point: where a point is beyond faces, these give way to those from it to their border.
class GrowingHull {
 public:
  explicit GrowingHull(const Polytope& points) : points_(points) {}

  /// Begins with four points far apart; false if all are about in a plane.
  bool begin() {
    std::array<std::size_t, 4> corner{};
    corner[1] = farthest_by([&](const auto& p) { return norm(p - at(corner[0])); });
    const auto edge = at(corner[1]) - at(corner[0]);
    corner[2] = farthest_by([&](const auto& p) { return norm(cross(edge, p - at(corner[0]))); });
    const auto normal = cross(edge, at(corner[2]) - at(corner[0]));
    if (!(norm(normal) > flat * norm(edge))) return false;
    const auto height = [&](const Vec<3, double>& p) { return dot(normal, p - at(corner[0])) / norm(normal); };
    corner[3] = farthest_by([&](const auto& p) { return std::abs(height(p)); });
    const double top = height(at(corner[3]));
    if (!(std::abs(top) > flat)) return false;
    if (top > 0) std::swap(corner[1], corner[2]);
    const auto [a, b, c, d] = corner;
    for (const auto& face : {Face{a, b, c}, Face{a, d, b}, Face{b, d, c}, Face{c, d, a}}) add(face);
    return true;
  }

  void grow(std::size_t point) {
    std::set<std::pair<std::size_t, std::size_t>> edges;
    const auto gives_way = [&](const HalfSpace& plane) { return dot(plane.normal, at(point)) > plane.height + flat; };
    std::size_t kept = 0;
    for (std::size_t f = 0; f < faces_.size(); ++f) {
      const auto [a, b, c] = faces_[f];
      if (gives_way(planes_[f])) {
        edges.insert({{a, b}, {b, c}, {c, a}});
      } else {
        faces_[kept] = faces_[f], planes_[kept] = planes_[f];
        ++kept;
      }
    }
    faces_.resize(kept), planes_.resize(kept);
    for (const auto& [a, b] : edges)
      if (!edges.contains({b, a})) add({a, b, point});
  }

  /// The hull without the points inside.
  Mesh mesh() const {
    Mesh mesh;
    std::vector<std::size_t> place(points_.size(), points_.size());
    for (Face face : faces_) {
      for (std::size_t& corner : face) {
        if (place[corner] == points_.size()) {
          place[corner] = mesh.vertices.size();
          mesh.vertices.push_back(at(corner));
        }
        corner = place[corner];
      }
      mesh.triangles.push_back(face);
    }
    return mesh;
  }

 private:
  using Face = std::array<std::size_t, 3>;
  static constexpr double flat = 1e-7;  // meters that do not show

  const Vec<3, double>& at(std::size_t i) const { return points_[i]; }

  template <class Measure>
  std::size_t farthest_by(const Measure& measure) const {
    std::size_t best = 0;
    for (std::size_t i = 1; i < points_.size(); ++i)
      if (measure(at(i)) > measure(at(best))) best = i;
    return best;
  }

  /// A face without area has no normal; it never gives way.
  void add(const Face& face) {
    const auto normal = cross(at(face[1]) - at(face[0]), at(face[2]) - at(face[0]));
    const double length = norm(normal);
    const auto unit = length > 0 ? (1 / length) * normal : Vec<3, double>{};
    faces_.push_back(face);
    planes_.push_back({unit, dot(unit, at(face[0]))});
  }

  const Polytope& points_;
  std::vector<Face> faces_;
  std::vector<HalfSpace> planes_;
};

}  // namespace detail

/// The convex hull of points; of more than 400 of those that are farthest in 400 directions. Empty if they are about in
/// a plane.
inline Mesh hull_mesh(const Polytope& points) {
  constexpr std::size_t enough = 400;
  Polytope some;
  if (points.size() > enough)
    for (const auto& direction : spiral_directions(enough)) some.push_back(support_point(points, direction));
  const Polytope& taken = some.empty() ? points : some;
  detail::GrowingHull hull(taken);
  if (taken.empty() || !hull.begin()) return {};
  for (std::size_t i = 0; i < taken.size(); ++i) hull.grow(i);
  return hull.mesh();
}

/// The edges of a convex mesh at which the surface turns by more than 20 degrees, each by its ends.
inline std::vector<std::array<Vec<3, double>, 2>> sharp_edges(const Mesh& mesh) {
  std::map<std::pair<std::size_t, std::size_t>, Vec<3, double>> normals;  // of the triangle left of each directed edge
  for (const auto& [a, b, c] : mesh.triangles) {
    const auto normal = cross(mesh.vertices[b] - mesh.vertices[a], mesh.vertices[c] - mesh.vertices[a]);
    const double length = norm(normal);
    for (const auto& edge : {std::pair(a, b), std::pair(b, c), std::pair(c, a)})
      normals[edge] = length > 0 ? (1 / length) * normal : Vec<3, double>{};
  }
  std::vector<std::array<Vec<3, double>, 2>> edges;
  for (const auto& [edge, normal] : normals) {
    const auto other = normals.find({edge.second, edge.first});
    if (edge.first < edge.second && other != normals.end() && dot(normal, other->second) < 0.94)
      edges.push_back({mesh.vertices[edge.first], mesh.vertices[edge.second]});
  }
  return edges;
}

}  // namespace mace::examples
