// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/collision/arm.hpp"
#include "mace/core/error.hpp"
#include "mace/core/numeric.hpp"
#include "mace/kinematics/goal.hpp"

namespace mace {

/// The score of the reaching task (paper, 4.2): S = exp(-error), the error being the pose error in meters (Goal), and 0
/// for a configuration in collision. An outcome with NaN, in its clearance or its end effector's pose, has the score
/// NaN, which the tuner refuses. The fields after the goal go beyond the paper.
struct Reach {
  using Outcome = ArmOutcome<float>;

  Goal<float> goal = {};
  /// Above 0, a collision is not infeasible: a meter of penetration counts as this many meters of pose error. Elites
  /// can then lead out of obstacles where no sample is free yet.
  float meters_per_penetration = 0;
  /// With meters_per_penetration above 0, the clearance that is wanted, meters: what it falls short of counts as
  /// penetration, so that elites keep away from obstacles where there is room.
  float margin = 0;
  /// Above 0, S = exp(-error^2 / (2 width^2)) instead, the likelihood of a goal that is known to this many meters.
  /// Posterior needs it: exp(-error) hardly tells a configuration at the goal from one some way off.
  float width = 0;

  /// @throws Error if the goal is not a finite pose, a number is negative or not finite, or a margin has no grade.
  void check() const {
    require(goal.pose.is_rigid() && numeric::is_finite(dot(goal.pose.position, goal.pose.position)) &&
                goal.meters_per_radian >= 0 && numeric::is_finite(goal.meters_per_radian),
            "Reach: wanted a goal at a finite position, its axes of length 1 at right angles, its weight at least 0");
    for (const float number : {meters_per_penetration, margin, width})
      require(number >= 0 && numeric::is_finite(number), "Reach: wanted finite numbers of at least 0, got ", number);
    require(margin == 0 || meters_per_penetration > 0, "Reach: wanted meters_per_penetration above 0 for a margin of ",
            margin, ", got 0");
  }

  MACE_HD float operator()(const Outcome& outcome) const {
    const float error = goal.pose_error(outcome.end_effector), clearance = outcome.clearance;
    if (numeric::is_nan(clearance) || numeric::is_nan(error)) return numeric::not_a_number;
    if (meters_per_penetration == 0 && clearance < 0) return -numeric::infinity;
    const float off =
        error +
        (meters_per_penetration > 0 && clearance < margin ? meters_per_penetration * (margin - clearance) : 0.0f);
    return width > 0 ? -0.5f * (off / width) * (off / width) : -off;
  }
};

}  // namespace mace
