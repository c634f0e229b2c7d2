// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>

#include "mace/collision/extreme_points.hpp"
#include "mace/collision/shapes.hpp"

namespace mace::detail {

/// The corners of a box about the origin, from its edge lengths.
inline Polytope box_corners(const Vec<3, double>& size) {
  Polytope corners;
  for (const double x : {-0.5, 0.5})
    for (const double y : {-0.5, 0.5})
      for (const double z : {-0.5, 0.5}) corners.push_back({x * size[0], y * size[1], z * size[2]});
  return corners;
}

/// A prism that encloses a cylinder about z. Its sides touch the cylinder, and its edges are outside by 0.22 % of the
/// radius.
inline Polytope prism_around_cylinder(double radius, double length) {
  constexpr int sides = 48;
  const double to_edge = radius / std::cos(std::numbers::pi / sides);
  Polytope corners;
  for (int i = 0; i < sides; ++i) {
    const double angle = 2 * std::numbers::pi * i / sides;
    for (const double z : {-0.5, 0.5})
      corners.push_back({to_edge * std::cos(angle), to_edge * std::sin(angle), z * length});
  }
  return corners;
}

/// Distance of the vertices of polytope_around_ball() from the center, in radii.
inline constexpr double ball_excess = 1.02;

/// A polytope that encloses a ball about the origin: the faces of an icosahedron, each divided into 16, projected onto
/// a sphere that is 2 % larger. At least 1.8 % is needed to enclose the ball.
inline Polytope polytope_around_ball(double radius) {
  // Icosahedron: the even permutations of (0, +-1, +-phi). The distance of neighbors is 2, of others more.
  Polytope corners;
  for (int axis = 0; axis < 3; ++axis)
    for (const double a : {-1.0, 1.0})
      for (const double b : {-std::numbers::phi, std::numbers::phi}) {
        Vec<3, double>& corner = corners.emplace_back();
        corner[(axis + 1) % 3] = a;
        corner[(axis + 2) % 3] = b;
      }
  const auto near = [](const Vec<3, double>& u, const Vec<3, double>& v) { return norm(u - v) < 2.1; };
  Polytope vertices;
  for (std::size_t i = 0; i < corners.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      for (std::size_t k = 0; k < j; ++k) {
        const auto &u = corners[i], &v = corners[j], &w = corners[k];
        if (!near(u, v) || !near(v, w) || !near(w, u)) continue;
        for (int a = 0; a <= 4; ++a)
          for (int b = 0; a + b <= 4; ++b) {
            const Vec<3, double> point = double(a) * u + double(b) * v + double(4 - a - b) * w;
            vertices.push_back((ball_excess * radius / norm(point)) * point);
          }
      }
  return extreme_points(vertices);
}

/// A polytope that encloses a capsule about z: the hull of two that enclose balls.
/// @param length  distance between the centers of the two ends
inline Polytope polytope_around_capsule(double radius, double length) {
  Polytope corners;
  for (const Vec<3, double>& point : polytope_around_ball(radius))
    for (const double z : {-0.5, 0.5}) corners.push_back(point + Vec<3, double>{0, 0, z * length});
  return extreme_points(corners);
}

}  // namespace mace::detail
