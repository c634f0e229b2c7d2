// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/kinematics/pose.hpp"

namespace mace {

/// The frame that a goal's pose is given in.
enum class GoalFrame {
  world,  ///< what scenes, simulators and scores use
  base    ///< the base of a chain, which inverse kinematics uses
};

/// A target pose of the end effector, and the weight of its orientation; without a weight the goal is a position. The
/// frame is part of the type, so that a goal in the world cannot be handed to what expects one in the base's frame.
template <class Real = float, GoalFrame Frame = GoalFrame::world>
struct Goal {
  Pose<Real> pose;
  /// Weight of the orientation, meters per radian; 0: any orientation will do.
  Real meters_per_radian = 0;

  /// Distance of an end effector from the goal's position, meters.
  MACE_HD Real distance(const Pose<Real>& at) const { return norm(at.position - pose.position); }

  /// Difference of an end effector's orientation from the goal's: 2 sin(angle / 2), which is the angle in radians where
  /// it is small, and 2 at half a turn.
  MACE_HD Real turn(const Pose<Real>& at) const {
    const auto dx = at.x - pose.x, dy = at.y - pose.y, dz = at.z - pose.z;
    return numeric::sqrt(Real(0.5) * (dot(dx, dx) + dot(dy, dy) + dot(dz, dz)));
  }

  /// Pose error: the distance plus the weighted turn, meters.
  MACE_HD Real pose_error(const Pose<Real>& at) const {
    return distance(at) + (meters_per_radian > 0 ? meters_per_radian * turn(at) : Real(0));
  }

  /// The same goal in the frame of a base that stands at this pose in the world.
  MACE_HD Goal<Real, GoalFrame::base> in_base(const Pose<Real>& base) const requires(Frame == GoalFrame::world) {
    return {base.inverse() * pose, meters_per_radian};
  }

  template <class To>
  MACE_HD Goal<To, Frame> as() const {
    return {pose.template as<To>(), static_cast<To>(meters_per_radian)};
  }
};

/// A goal in the frame of a chain's base.
template <class Real = float>
using BaseGoal = Goal<Real, GoalFrame::base>;

}  // namespace mace
