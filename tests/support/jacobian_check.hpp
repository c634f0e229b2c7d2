// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

#include "mace/kinematics/serial_chain.hpp"

namespace mace::test {

/// A configuration at this share of each joint's range.
template <int Joints>
Vec<Joints, double> inside(const SerialChain<Joints, double>& chain, const Vec<Joints, double>& share) {
  Vec<Joints, double> q;
  for (int i = 0; i < Joints; ++i)
    q[i] = chain.joint[i].lower + share[i] * (chain.joint[i].upper - chain.joint[i].lower);
  return q;
}

/// Largest difference of the Jacobian at q and central differences of the tip's pose.
template <int Joints>
double jacobian_error(const SerialChain<Joints, double>& chain, const Vec<Joints, double>& q, double step = 1e-5) {
  const auto jacobian = chain.jacobian(chain.frames(q));
  double error = 0;
  for (int i = 0; i < Joints; ++i) {
    Vec<Joints, double> above = q, below = q;
    above[i] += step;
    below[i] -= step;
    const Pose<double> to = chain.pose(above), from = chain.pose(below);
    const Vec<3, double> moved = to.position - from.position;
    // A small turn w takes each axis a to a + w x a, so the sum of a x (a + w x a) over three axes is 2 w.
    const Vec<3, double> turned = cross(from.x, to.x) + cross(from.y, to.y) + cross(from.z, to.z);
    for (int row = 0; row < 3; ++row) {
      error = std::max(error, std::abs(jacobian.column[i][row] - moved[row] / (2 * step)));
      error = std::max(error, std::abs(jacobian.column[i][row + 3] - turned[row] / (4 * step)));
    }
  }
  return error;
}

}  // namespace mace::test
