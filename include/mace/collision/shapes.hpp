// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "mace/kinematics/pose.hpp"

namespace mace {

/// A ball; meters.
template <class Real = float>
struct Sphere {
  Vec<3, Real> center;
  Real radius;
};

/// All points within `radius` of the segment from a to b; meters. With a = b it is a sphere.
template <class Real = float>
struct Capsule {
  Vec<3, Real> a, b;
  Real radius;

  template <class To>
  MACE_HD Capsule<To> as() const {
    return {a.template as<To>(), b.template as<To>(), static_cast<To>(radius)};
  }
};

/// A box in any orientation: its center is the origin of `pose`, its edges lie along the axes of `pose`; meters.
template <class Real = float>
struct OrientedBox {
  Pose<Real> pose;
  /// Half the length of each edge.
  Vec<3, Real> half;

  template <class To>
  MACE_HD OrientedBox<To> as() const {
    return {pose.template as<To>(), half.template as<To>()};
  }
};

/// The convex hull of points, of which some may lie inside; meters.
using Polytope = std::vector<Vec<3, double>>;

}  // namespace mace
