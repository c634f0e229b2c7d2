// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "mace/kinematics/serial_chain.hpp"

namespace robot_test {

/// Checks forward kinematics against rows of the joints, the tip's position, and its rotation matrix by rows: the
/// position within `tolerance` meters, the rotation's entries within `tolerance`.
template <int Joints, class Real>
void check_kinematics(const mace::SerialChain<Joints, Real>& chain, const std::vector<std::vector<double>>& rows,
                      double tolerance) {
  double position = 0, rotation = 0;
  for (const std::vector<double>& row : rows) {
    REQUIRE(row.size() == Joints + 12);
    mace::Vec<Joints, Real> q;
    for (int i = 0; i < Joints; ++i) q[i] = static_cast<Real>(row[static_cast<std::size_t>(i)]);
    const mace::Pose<double> pose = chain.pose(q).template as<double>();
    const double* wanted = row.data() + Joints;
    const mace::Vec<3, double> missed = pose.position - mace::Vec<3, double>{wanted[0], wanted[1], wanted[2]};
    position = std::max(position, norm(missed));
    for (int i = 0; i < 3; ++i) {
      const double entries[] = {pose.x[i], pose.y[i], pose.z[i]};
      for (int j = 0; j < 3; ++j) rotation = std::max(rotation, std::abs(entries[j] - wanted[3 + 3 * i + j]));
    }
  }
  CAPTURE(rows.size());
  CHECK(position <= tolerance);
  CHECK(rotation <= tolerance);
}

}  // namespace robot_test
