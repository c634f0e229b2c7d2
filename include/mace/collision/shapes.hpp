// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "mace/kinematics/pose.hpp"

namespace mace {

/// A solid ball; meters.
template <class Real = float>
struct Sphere {
  Vec<3, Real> center;
  Real radius;
};

/// All points within `radius` of the segment from a to b; meters. With a = b it is a ball.
template <class Real = float>
struct Capsule {
  Vec<3, Real> a, b;
  Real radius;

  /// Converts to another precision.
  template <class To>
  MACE_HD Capsule<To> as() const {
    return {a.template as<To>(), b.template as<To>(), static_cast<To>(radius)};
  }
};

/// A box in any orientation: its center is the origin of `pose`, and its edges are parallel to the axes of `pose`;
/// meters.
template <class Real = float>
struct OrientedBox {
  Pose<Real> pose;
  /// Half the length of each edge.
  Vec<3, Real> half;

  /// Converts to another precision.
  template <class To>
  MACE_HD OrientedBox<To> as() const {
    return {pose.template as<To>(), half.template as<To>()};
  }
};

/// A solid cylinder: its axis is the z axis of `pose`, and its center the origin of `pose`; meters.
template <class Real = float>
struct Cylinder {
  Pose<Real> pose;
  Real radius;
  /// Half the distance between the two ends.
  Real half_length;

  /// Converts to another precision.
  template <class To>
  MACE_HD Cylinder<To> as() const {
    return {pose.template as<To>(), static_cast<To>(radius), static_cast<To>(half_length)};
  }
};

/// A solid half-space: the points x with normal . x <= height.
struct HalfSpace {
  /// Unit normal.
  Vec<3, double> normal;
  /// Offset of the plane along the normal, meters.
  double height;
};

/// The convex hull of a set of points, some of which may lie inside; meters.
using Polytope = std::vector<Vec<3, double>>;

/// A convex solid in the world frame, such as a convex part of a mesh: the hull of `points`.
struct ConvexHull {
  Polytope points;
};

}  // namespace mace
