// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Conversions between Pose and the isometries of Eigen (https://eigen.tuxfamily.org). mace does not otherwise depend
/// on Eigen.
#include <Eigen/Geometry>

#include "mace/kinematics/pose.hpp"

namespace mace {

/// Converts an Eigen isometry to a pose.
/// @throws Error unless the linear part is a rotation and all entries are finite.
template <class Real>
Pose<Real> from_eigen(const Eigen::Transform<Real, 3, Eigen::Isometry>& transform) {
  Real rows[4][4];
  for (int r = 0; r < 4; ++r)
    for (int c = 0; c < 4; ++c) rows[r][c] = transform.matrix()(r, c);
  return Pose<Real>::from_matrix(rows);
}

/// Converts a pose to an Eigen isometry.
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
