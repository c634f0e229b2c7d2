// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "mace/core/error.hpp"
#include "mace/core/philox.hpp"
#include "mace/kinematics/damped_step.hpp"
#include "mace/kinematics/goal_region.hpp"
#include "mace/kinematics/serial_chain.hpp"

namespace mace {

/// Tolerances and iteration limit of refine().
struct RefineOptions {
  double distance = 1e-3;  ///< tolerance of the position error, meters
  double turn = 1e-2;      ///< tolerance of the orientation error, radians; unused for a position-only goal
  int iterations = 16;     ///< iteration limit; about 6 are typical from a random start, 3 from a close one
};

/// Result of refine().
template <int Joints>
struct Refined {
  Vec<Joints, double> q;  ///< final configuration, always within the joint limits
  double distance, turn;  ///< position error (meters) and orientation error (radians, 0 for a position-only goal)
  int iterations;         ///< number of iterations used
  bool reached;           ///< true if both errors are within their tolerances
};

namespace detail {

/// Weight of the orientation error of a region.
inline constexpr double region_meters_per_radian = 0.3;

template <int Rows, int Joints>
Refined<Joints> refine(const SerialChain<Joints, double>& chain, const GoalRegion<GoalFrame::base>& goal, double weight,
                       const Vec<Joints, double>& start, const RefineOptions& options) {
  const Target<double> target(goal, weight);
  Refined<Joints> at, next{clamped(chain, start), 0, 0, 0, false};
  Vec<Rows, double> way{};
  Vec<Joints, Vec<Rows, double>> column{};
  double error = std::numeric_limits<double>::quiet_NaN(), caution = 1;  // no error is worse than that of the start
  for (;; ++next.iterations) {
    const auto frames = chain.frames(next.q);
    const Approach<Rows, double> approach(target, frames.tip);
    next.distance = norm(Vec<3, double>{approach.way[0], approach.way[1], approach.way[2]});
    next.turn = Rows == 6 ? goal.turn(frames.tip) : 0.0;
    next.reached = next.distance <= options.distance && next.turn <= options.turn;
    const double next_error = next.distance * next.distance + weight * weight * next.turn * next.turn;
    const bool worse = next_error >= error;
    if (!worse) at = next;
    at.iterations = next.iterations;
    if (at.reached || at.iterations >= options.iterations) return at;
    if (!worse) {
      way = approach.way;
      for (int j = 0; j < Joints; ++j) {
        const auto& [x, y, z, position] = frames.joint[j];
        column[j] = approach.rate(chain.joint[j].velocity(z, frames.tip.position - position));
      }
      error = next_error;
    }
    // The damping vanishes with the square of the pose error, so the last steps are Newton's (Sugihara,
    // "Solvability-unconcerned inverse kinematics by the Levenberg-Marquardt method", 2011).
    caution *= worse ? 8 : 0.5;
    next.q = clamped(chain, at.q + damped_step(chain, column, at.q, way, caution * error + 1e-12, Joints + 1));
  }
}

}  // namespace detail

/// Moves a configuration toward a goal by damped least squares (Levenberg-Marquardt) within the joint limits. The
/// iteration is a local descent and may end in a local minimum: a failure does not show that the goal is unreachable,
/// and another start may succeed. It takes microseconds and allocates no memory.
/// @param chain  the kinematic chain
/// @param goal  target pose in the base frame
/// @param start  initial configuration; NaN and entries beyond a limit are moved to a limit
/// @param options  tolerances and iteration limit
template <int Joints>
Refined<Joints> refine(const SerialChain<Joints, double>& chain, const BaseGoal<double>& goal,
                       const Vec<Joints, double>& start, const RefineOptions& options = {}) {
  return goal.meters_per_radian > 0 ? detail::refine<6>(chain, GoalRegion(goal), goal.meters_per_radian, start, options)
                                    : detail::refine<3>(chain, GoalRegion(goal), 0, start, options);
}

/// The same toward a region, where a radian counts as 0.3 m. A result that is reached is within the tolerances of the
/// region, possibly outside of it.
/// @param chain  the kinematic chain
/// @param goal  target region in the base frame
/// @param start  initial configuration; NaN and entries beyond a limit are moved to a limit
/// @param options  tolerances and iteration limit
template <int Joints, GoalFrame Frame>
requires(Frame == GoalFrame::base) Refined<Joints> refine(const SerialChain<Joints, double>& chain,
                                                          const GoalRegion<Frame>& goal,
                                                          const Vec<Joints, double>& start,
                                                          const RefineOptions& options = {}) {
  return goal.orientation == Orientation::free
             ? detail::refine<3>(chain, goal, 0, start, options)
             : detail::refine<6>(chain, goal, detail::region_meters_per_radian, start, options);
}

/// A configuration drawn uniformly within the joint limits.
/// @param chain  the kinematic chain
/// @param key  key of the random stream
/// @param which  index of the configuration in that stream
template <int Joints>
Vec<Joints, double> uniform_configuration(const SerialChain<Joints, double>& chain, const RandomKey& key,
                                          std::uint32_t which) {
  Random random(key, which);
  Vec<Joints, double> q;
  for (int j = 0; j < Joints; ++j)
    q[j] = chain.joint[j].lower + (chain.joint[j].upper - chain.joint[j].lower) * random.uniform();
  return q;
}

/// The result with the smallest pose error among refinements from up to `starts` uniform configurations; the first one
/// that reaches the goal ends the search. If none does, the goal is very likely out of reach, and the result holds the
/// remaining error.
/// @param chain  the kinematic chain
/// @param goal  target pose in the base frame
/// @param options  tolerances and iteration limit of each refinement
/// @param key  key of the random stream of the starts
/// @param starts  largest number of starts
template <int Joints>
Refined<Joints> nearest_to_goal(const SerialChain<Joints, double>& chain, const BaseGoal<double>& goal,
                                const RefineOptions& options, const RandomKey& key, std::uint32_t starts = 4096) {
  const auto error = [&](const Refined<Joints>& at) { return at.distance + goal.meters_per_radian * at.turn; };
  auto nearest = refine(chain, goal, uniform_configuration(chain, key, 0), options);
  for (std::uint32_t i = 1; i < starts && !nearest.reached; ++i) {
    const auto next = refine(chain, goal, uniform_configuration(chain, key, i), options);
    if (next.reached || error(next) < error(nearest)) nearest = next;
  }
  if (nearest.reached) return nearest;
  RefineOptions patient = options;  // convergence toward an unreachable goal takes many short steps
  patient.iterations = 1000;
  return refine(chain, goal, nearest.q, patient);
}

/// Verifies that the chain can reach a goal within its joint limits; obstacles are ignored.
/// @param chain  the kinematic chain
/// @param goal  target pose in the base frame
/// @param options  tolerances and iteration limit of each refinement
/// @param key  key of the random stream of the starts
/// @throws Error if the goal is not finite, its axes are not a rotation, its weight is negative, or nearest_to_goal()
///   does not reach it; the message then holds the smallest remaining error.
template <int Joints>
void require_in_reach(const SerialChain<Joints, double>& chain, const BaseGoal<double>& goal,
                      const RefineOptions& options, const RandomKey& key) {
  require(std::isfinite(dot(goal.pose.position, goal.pose.position)) && goal.pose.is_rigid() &&
              goal.meters_per_radian >= 0 && std::isfinite(goal.meters_per_radian),
          "goal: wanted a finite position, axes of length 1 at right angles and a weight of at least 0");
  const auto nearest = nearest_to_goal(chain, goal, options, key);
  if (nearest.reached) return;
  if (goal.meters_per_radian > 0)
    fail("the goal is out of reach: the tip comes no nearer than ", nearest.distance, " m and ", nearest.turn, " rad");
  fail("the goal is out of reach: the tip comes no nearer than ", nearest.distance, " m");
}

}  // namespace mace
