// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

#include "mace/collision/distance.hpp"
#include "mace/collision/shapes.hpp"

/// Tests that find a common point of two bodies for a few operations: sufficient for contact, not necessary. `has(body,
/// point)` is whether a body has a point, `crosses(body, a, b)` whether it is certain to meet the segment from a to b.
namespace mace::detail {

/// A point in the frame of a pose.
inline Vec<3, double> seen_from(const Pose<double>& at, const Vec<3, double>& point) {
  const Vec<3, double> offset = point - at.position;
  return {dot(at.x, offset), dot(at.y, offset), dot(at.z, offset)};
}

/// Squared distance of a point from a segment, which may be a point.
inline double square_from_segment(const Vec<3, double>& point, const Vec<3, double>& a, const Vec<3, double>& b) {
  const Vec<3, double> edge = b - a, offset = point - a;
  const Vec<3, double> apart = offset - share(dot(offset, edge) / dot(edge, edge)) * edge;
  return dot(apart, apart);
}

inline bool has(const OrientedBox<double>& box, const Vec<3, double>& point) {
  const Vec<3, double> p = seen_from(box.pose, point);
  return std::abs(p[0]) <= box.half[0] && std::abs(p[1]) <= box.half[1] && std::abs(p[2]) <= box.half[2];
}
inline bool has(const Sphere<double>& sphere, const Vec<3, double>& point) {
  const Vec<3, double> offset = point - sphere.center;
  return dot(offset, offset) <= sphere.radius * sphere.radius;
}
inline bool has(const Capsule<double>& capsule, const Vec<3, double>& point) {
  return square_from_segment(point, capsule.a, capsule.b) <= capsule.radius * capsule.radius;
}
inline bool has(const Cylinder<double>& cylinder, const Vec<3, double>& point) {
  const Vec<3, double> p = seen_from(cylinder.pose, point);
  return p[0] * p[0] + p[1] * p[1] <= cylinder.radius * cylinder.radius && std::abs(p[2]) <= cylinder.half_length;
}
/// No answer for a hull.
inline bool has(const ConvexHull&, const Vec<3, double>&) {
  return false;
}

/// Separating axes of a segment and a box: those of the box, and those perpendicular to one of them and the segment.
inline bool crosses(const OrientedBox<double>& box, const Vec<3, double>& a, const Vec<3, double>& b) {
  const Vec<3, double> from = seen_from(box.pose, a), to = seen_from(box.pose, b);
  const Vec<3, double> middle = 0.5 * (from + to), reach = 0.5 * (to - from);
  bool meet = true;
  for (int i = 0; i < 3; ++i) {
    const int j = (i + 1) % 3, k = (i + 2) % 3;
    meet &= std::abs(middle[i]) <= box.half[i] + std::abs(reach[i]);
    meet &= std::abs(middle[j] * reach[k] - middle[k] * reach[j]) <=
            box.half[j] * std::abs(reach[k]) + box.half[k] * std::abs(reach[j]);
  }
  return meet;
}
inline bool crosses(const Sphere<double>& sphere, const Vec<3, double>& a, const Vec<3, double>& b) {
  return square_from_segment(sphere.center, a, b) <= sphere.radius * sphere.radius;
}
inline bool crosses(const Capsule<double>& capsule, const Vec<3, double>& a, const Vec<3, double>& b) {
  const Vec<3, double> apart = shortest_between(capsule, Capsule<double>{a, b, 0});
  return dot(apart, apart) <= capsule.radius * capsule.radius;
}
inline bool crosses(const Cylinder<double>& cylinder, const Vec<3, double>& a, const Vec<3, double>& b) {
  return has(cylinder, 0.5 * (a + b));
}
/// No answer for a hull.
inline bool crosses(const ConvexHull&, const Vec<3, double>&, const Vec<3, double>&) {
  return false;
}

}  // namespace mace::detail
