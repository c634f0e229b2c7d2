// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/kinematics/pose.hpp"

namespace mace {

/// Where a tip shall be, and how much its orientation counts; by default the position alone does. It is in the frame of
/// the poses that it is compared with: the world's in a score (Reach), that of the chain's base where joints are solved
/// for (polish, ExactSolutions), which `scene.base.inverse() * tip` gives.
template <class Real = float>
struct Goal {
  Pose<Real> tip;
  /// Meters that a radian is worth; 0: any orientation will do.
  Real meters_per_radian = 0;

  /// How far a tip is from the goal's position, meters.
  MACE_HD Real distance(const Pose<Real>& at) const { return norm(at.position - tip.position); }

  /// How far it is turned away from the goal's orientation: 2 sin(angle / 2), so radians for small ones, 2 for half a
  /// turn.
  MACE_HD Real turn(const Pose<Real>& at) const {
    const auto dx = at.x - tip.x, dy = at.y - tip.y, dz = at.z - tip.z;
    return numeric::sqrt(Real(0.5) * (dot(dx, dx) + dot(dy, dy) + dot(dz, dz)));
  }

  /// Both in one number, meters.
  MACE_HD Real miss(const Pose<Real>& at) const {
    return distance(at) + (meters_per_radian > 0 ? meters_per_radian * turn(at) : Real(0));
  }

  template <class To>
  MACE_HD Goal<To> as() const {
    return {tip.template as<To>(), static_cast<To>(meters_per_radian)};
  }
};

}  // namespace mace
