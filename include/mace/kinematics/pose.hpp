// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

#include "mace/core/error.hpp"
#include "mace/core/numeric.hpp"
#include "mace/core/vec.hpp"

namespace mace {

/// A rigid transform: the pose of a frame in its parent frame. The default is the identity. In memory it is 12 numbers,
/// a 3 x 4 matrix stored by columns.
template <class Real = float>
struct Pose {
  /// Axes of the frame in the parent frame, which are the columns of the rotation matrix.
  Vec<3, Real> x{1, 0, 0}, y{0, 1, 0}, z{0, 0, 1};
  /// Origin of the frame in the parent frame, meters.
  Vec<3, Real> position{0, 0, 0};

  /// Pose from roll, pitch and yaw: rotations about the fixed x, then y, then z axis, as in URDF.
  /// @param rpy  roll, pitch and yaw, radians
  /// @param position  origin in the parent frame, meters
  static Pose from_rpy(const Vec<3, Real>& rpy, const Vec<3, Real>& position = {}) {
    Real sr, cr, sp, cp, sy, cy;
    numeric::sincos(rpy[0], sr, cr);
    numeric::sincos(rpy[1], sp, cp);
    numeric::sincos(rpy[2], sy, cy);
    return {{cy * cp, sy * cp, -sp},
            {cy * sp * sr - sy * cr, sy * sp * sr + cy * cr, cp * sr},
            {cy * sp * cr + sy * sr, sy * sp * cr - cy * sr, cp * cr},
            position};
  }
  /// Pose from a quaternion, which need not be of unit length.
  /// @param w  scalar part
  /// @param x,y,z  vector part
  /// @param position  origin in the parent frame, meters
  /// @throws Error if the length of the quaternion is zero or not finite.
  static Pose from_quaternion(Real w, Real x, Real y, Real z, const Vec<3, Real>& position = {}) {
    const Real square = w * w + x * x + y * y + z * z;
    require(square > 0 && std::isfinite(square), "Pose: wanted a quaternion of finite length above 0, got ", w, " ", x,
            " ", y, " ", z);
    const Real s = 2 / square;
    return {{1 - s * (y * y + z * z), s * (x * y + w * z), s * (x * z - w * y)},
            {s * (x * y - w * z), 1 - s * (x * x + z * z), s * (y * z + w * x)},
            {s * (x * z + w * y), s * (y * z - w * x), 1 - s * (x * x + y * y)},
            position};
  }
  /// Pose from a homogeneous matrix m[row][column], translation in meters.
  /// @throws Error unless the matrix is a rotation and a finite translation, and its last row is 0 0 0 1.
  static Pose from_matrix(const Real (&m)[4][4]) {
    const Pose pose{{m[0][0], m[1][0], m[2][0]},
                    {m[0][1], m[1][1], m[2][1]},
                    {m[0][2], m[1][2], m[2][2]},
                    {m[0][3], m[1][3], m[2][3]}};
    require(pose.is_rigid() && std::isfinite(dot(pose.position, pose.position)) && m[3][0] == 0 && m[3][1] == 0 &&
                m[3][2] == 0 && m[3][3] == 1,
            "Pose: wanted a rotation and a finite translation over the row 0 0 0 1");
    return pose;
  }

  /// Roll, pitch and yaw in radians, the inverse of from_rpy(). The pitch is in [-pi/2, pi/2]; where it is at either
  /// end (gimbal lock), roll is 0.
  Vec<3, Real> rpy() const {
    const Real flat = std::hypot(x[0], x[1]), pitch = std::atan2(-x[2], flat);
    if (flat < Real(1e-6)) return {0, pitch, std::atan2(-y[0], y[1])};
    return {std::atan2(y[2], z[2]), pitch, std::atan2(x[1], x[0])};
  }
  /// The rotation as a unit quaternion (w, x, y, z) with w >= 0.
  Vec<4, Real> quaternion() const {
    // The largest of the four is computed by a root, the others by division (Shepperd, 1978).
    const Real square[] = {1 + x[0] + y[1] + z[2], 1 + x[0] - y[1] - z[2], 1 - x[0] + y[1] - z[2],
                           1 - x[0] - y[1] + z[2]};
    const auto largest = static_cast<int>(std::max_element(square, square + 4) - square);
    const Real twice = std::sqrt(square[largest]), scale = Real(0.5) / twice;
    const Real yz = scale * (y[2] - z[1]), zx = scale * (z[0] - x[2]), xy = scale * (x[1] - y[0]);
    const Real xy_sum = scale * (x[1] + y[0]), zx_sum = scale * (z[0] + x[2]), yz_sum = scale * (y[2] + z[1]);
    const Real half = Real(0.5) * twice;
    const Vec<4, Real> q = largest == 0   ? Vec<4, Real>{half, yz, zx, xy}
                           : largest == 1 ? Vec<4, Real>{yz, half, xy_sum, zx_sum}
                           : largest == 2 ? Vec<4, Real>{zx, xy_sum, half, yz_sum}
                                          : Vec<4, Real>{xy, zx_sum, yz_sum, half};
    return q[0] < 0 ? Real(-1) * q : q;
  }

  /// Transforms a direction from this frame to the parent frame.
  MACE_HD Vec<3, Real> rotate(const Vec<3, Real>& direction) const {
    return direction[0] * x + direction[1] * y + direction[2] * z;
  }
  /// Transforms a point from this frame to the parent frame.
  MACE_HD Vec<3, Real> operator*(const Vec<3, Real>& point) const { return position + rotate(point); }
  /// Composition: given the pose `inner` of a frame in this one, returns its pose in the parent frame.
  MACE_HD Pose operator*(const Pose& inner) const {
    return {rotate(inner.x), rotate(inner.y), rotate(inner.z), *this * inner.position};
  }

  /// The pose of the parent frame in this frame.
  MACE_HD Pose inverse() const {
    const Vec<3, Real> back{-dot(x, position), -dot(y, position), -dot(z, position)};
    return {{x[0], y[0], z[0]}, {x[1], y[1], z[1]}, {x[2], y[2], z[2]}, back};
  }

  /// This pose after a screw motion about its own z axis.
  /// @param sine,cosine  sine and cosine of the angle of rotation
  /// @param advance  translation along the axis, meters
  MACE_HD Pose screwed(Real sine, Real cosine, Real advance) const {
    return {cosine * x + sine * y, cosine * y - sine * x, z, position + advance * z};
  }

  /// Converts to another precision.
  template <class To>
  MACE_HD Pose<To> as() const {
    return {x.template as<To>(), y.template as<To>(), z.template as<To>(), position.template as<To>()};
  }

  /// True if the axes are orthonormal and right-handed to within 1e-6; false for NaN.
  MACE_HD bool is_rigid() const {
    const auto near = [](Real value, Real wanted) {
      return value - wanted < Real(1e-6) && wanted - value < Real(1e-6);
    };
    return near(dot(x, x), 1) && near(dot(y, y), 1) && near(dot(x, y), 0) && near(dot(z, cross(x, y)), 1) &&
           near(dot(z, z), 1);
  }
};

}  // namespace mace
