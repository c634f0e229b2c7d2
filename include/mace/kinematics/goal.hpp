// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/choose.hpp"
#include "mace/kinematics/pose.hpp"

namespace mace {

/// The frame in which the pose of a goal is given.
enum class GoalFrame {
  world,  ///< the world frame, used by scenes, simulators and scores
  base    ///< the base frame of a chain, used by inverse kinematics
};

/// A target pose of the end effector, with a weight for its orientation. The frame is part of the type, so that a goal
/// in the world frame cannot be passed where one in the base frame is expected.
template <class Real = float, GoalFrame Frame = GoalFrame::world>
struct Goal {
  /// Target pose; its position is in meters.
  Pose<Real> pose;
  /// Weight of the orientation error, meters per radian; 0 for a position-only goal.
  Real meters_per_radian = 0;

  /// Position error: the distance from the end effector to the goal, meters.
  MACE_HD Real distance(const Pose<Real>& at) const { return norm(at.position - pose.position); }

  /// Orientation error, 2 sin(angle / 2), where `angle` is the angle in radians between the two orientations. It
  /// approximates `angle` where that is small and is 2 at half a turn.
  MACE_HD Real turn(const Pose<Real>& at) const {
    const auto dx = at.x - pose.x, dy = at.y - pose.y, dz = at.z - pose.z;
    return square_root(Real(0.5) * (dot(dx, dx) + dot(dy, dy) + dot(dz, dz)));
  }

  /// Pose error: the position error plus the weighted orientation error, meters.
  MACE_HD Real pose_error(const Pose<Real>& at) const {
    return distance(at) + (meters_per_radian > 0 ? meters_per_radian * turn(at) : Real(0));
  }

  /// This goal in the frame of a base whose pose in the world is `base`.
  MACE_HD Goal<Real, GoalFrame::base> in_base(const Pose<Real>& base) const requires(Frame == GoalFrame::world) {
    return {base.inverse() * pose, meters_per_radian};
  }

  /// Converts to another precision.
  template <class To>
  MACE_HD Goal<To, Frame> as() const {
    return {pose.template as<To>(), static_cast<To>(meters_per_radian)};
  }
};

/// A goal in the frame of a chain's base.
template <class Real = float>
using BaseGoal = Goal<Real, GoalFrame::base>;

}  // namespace mace
