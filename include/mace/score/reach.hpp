// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/collision/arm.hpp"
#include "mace/kinematics/goal.hpp"

namespace mace {

/// The score of the reaching task (paper, 4.2): S = exp(-miss) of an arm's tip, with the miss in meters, and 0 for a
/// configuration in collision. An outcome with NaN, in its clearance or its tip, has the score NaN, which the tuner
/// refuses.
struct Reach {
  using Outcome = ArmOutcome<float>;

  Goal<float> goal = {};
  /// Beyond the paper: above 0, a collision is not impossible, but a meter of penetration counts as much as this many
  /// meters of miss. Then elites can lead out of obstacles where no sample is free yet.
  float meters_per_penetration = 0;
  /// Beyond the paper: with a grade, what lacks of this clearance counts as penetration, meters. So elites keep away
  /// from obstacles as far as there is room; a free configuration is never impossible.
  float margin = 0;
  /// Beyond the paper: above 0, S = exp(-miss^2 / (2 width^2)) instead, the likelihood of a goal that is known to so
  /// many meters: what Posterior takes, since exp(-miss) hardly tells a configuration at the goal from one some way
  /// off.
  float width = 0;

  MACE_HD float operator()(const Outcome& outcome) const {
    const float miss = goal.pose_error(outcome.end_effector), clearance = outcome.clearance;
    if (numeric::is_nan(clearance) || numeric::is_nan(miss)) return numeric::not_a_number;
    if (meters_per_penetration == 0 && clearance < 0) return -numeric::infinity;
    const float off =
        miss +
        (meters_per_penetration > 0 && clearance < margin ? meters_per_penetration * (margin - clearance) : 0.0f);
    return width > 0 ? -0.5f * (off / width) * (off / width) : -off;
  }
};

}  // namespace mace
