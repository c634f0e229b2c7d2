// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Poses from and to Eigen; for programs that have Eigen (https://eigen.tuxfamily.org), which mace itself does not
/// need.
#include <Eigen/Geometry>

#include "mace/kinematics/pose.hpp"

namespace mace {

/// The pose of an isometry.
/// @throws Error if its linear part is not a rotation, or something is not finite.
template <class Real>
Pose<Real> from_eigen(const Eigen::Transform<Real, 3, Eigen::Isometry>& transform) {
  Real rows[4][4];
  for (int r = 0; r < 4; ++r)
    for (int c = 0; c < 4; ++c) rows[r][c] = transform.matrix()(r, c);
  return Pose<Real>::from_matrix(rows);
}

/// The isometry of a pose.
template <class Real>
Eigen::Transform<Real, 3, Eigen::Isometry> to_eigen(const Pose<Real>& pose) {
  Eigen::Transform<Real, 3, Eigen::Isometry> transform = Eigen::Transform<Real, 3, Eigen::Isometry>::Identity();
  for (int i = 0; i < 3; ++i) {
    transform.matrix()(i, 0) = pose.x[i];
    transform.matrix()(i, 1) = pose.y[i];
    transform.matrix()(i, 2) = pose.z[i];
    transform.matrix()(i, 3) = pose.position[i];
  }
  return transform;
}

}  // namespace mace
