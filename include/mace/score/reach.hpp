// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/collision/arm.hpp"
#include "mace/core/error.hpp"
#include "mace/core/numeric.hpp"
#include "mace/kinematics/goal.hpp"

namespace mace {

/// Score of the reaching task (paper, 4.2): S = exp(-e) for a pose error e in meters, and 0 for a configuration in
/// collision. The score is NaN, for which the tuner throws, if the outcome's clearance or pose contains NaN.
struct Reach {
  using Outcome = ArmOutcome<float>;

  Goal<float> goal = {};  ///< target pose of the end effector, in the world's frame
  /// Extension of the paper: cost of penetration, meters of pose error per meter. Above 0, configurations in collision
  /// are feasible, so that elites can lead out of obstacles before any sample is free.
  float meters_per_penetration = 0;
  /// Extension of the paper: desired clearance, meters. If meters_per_penetration is above 0, a lack of clearance costs
  /// like penetration, so that elites keep away from obstacles where there is room.
  float margin = 0;
  /// Extension of the paper: standard deviation of the pose error, meters. Above 0, S = exp(-e^2 / (2 width^2)), the
  /// likelihood of a goal known to this accuracy. Use it with Posterior, since exp(-e) hardly distinguishes
  /// configurations near the goal.
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

  /// Returns log S.
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
