// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/vec.hpp"

namespace mace {

/// Where a frame stands in another one: its three axes, which are the columns of the rotation matrix, and its origin,
/// in meters. Without arguments it is the other frame itself. Twelve numbers in memory: a 3 x 4 matrix by columns.
template <class Real = float>
struct Pose {
  Vec<3, Real> x{1, 0, 0}, y{0, 1, 0}, z{0, 0, 1};
  Vec<3, Real> position{0, 0, 0};

  /// A direction of this frame, in the other one.
  MACE_HD Vec<3, Real> rotate(const Vec<3, Real>& direction) const {
    return direction[0] * x + direction[1] * y + direction[2] * z;
  }
  /// A point of this frame, in the other one.
  MACE_HD Vec<3, Real> operator*(const Vec<3, Real>& point) const { return position + rotate(point); }
  /// A frame that stands in this one, in the other one.
  MACE_HD Pose operator*(const Pose& inner) const {
    return {rotate(inner.x), rotate(inner.y), rotate(inner.z), *this * inner.position};
  }

  /// Where the other frame stands in this one.
  MACE_HD Pose inverse() const {
    const Vec<3, Real> back{-dot(x, position), -dot(y, position), -dot(z, position)};
    return {{x[0], y[0], z[0]}, {x[1], y[1], z[1]}, {x[2], y[2], z[2]}, back};
  }

  /// This frame after a turn about its own z axis and a move along it.
  MACE_HD Pose screwed(Real sine, Real cosine, Real advance) const {
    return {cosine * x + sine * y, cosine * y - sine * x, z, position + advance * z};
  }

  /// The same pose in another precision.
  template <class To>
  MACE_HD Pose<To> as() const {
    return {x.template as<To>(), y.template as<To>(), z.template as<To>(), position.template as<To>()};
  }

  /// True if the axes are of length 1 and at right angles, and right-handed, to within 1e-6; false for NaN.
  MACE_HD bool is_rigid() const {
    const auto near = [](Real value, Real wanted) {
      return value - wanted < Real(1e-6) && wanted - value < Real(1e-6);
    };
    return near(dot(x, x), 1) && near(dot(y, y), 1) && near(dot(x, y), 0) && near(dot(z, cross(x, y)), 1) &&
           near(dot(z, z), 1);
  }
};

}  // namespace mace
