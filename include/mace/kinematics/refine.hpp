// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>

#include "mace/core/error.hpp"
#include "mace/core/philox.hpp"
#include "mace/core/solve_symmetric.hpp"
#include "mace/kinematics/goal.hpp"
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

/// Residual of the goal as a linear and (with Rows = 6) an angular displacement of the end effector in the base frame;
/// the latter is weighted, in meters.
template <int Rows>
Vec<Rows, double> way_to(const BaseGoal<double>& goal, const Pose<double>& tip) {
  Vec<Rows, double> way;
  for (int r = 0; r < 3; ++r) way[r] = goal.pose.position[r] - tip.position[r];
  if constexpr (Rows == 6) {
    // Half of `sum` is sin(angle) axis. 2 sin(angle / 2) axis is better, since it increases up to half a turn.
    const auto sum = cross(tip.x, goal.pose.x) + cross(tip.y, goal.pose.y) + cross(tip.z, goal.pose.z);
    const double trace = dot(tip.x, goal.pose.x) + dot(tip.y, goal.pose.y) + dot(tip.z, goal.pose.z);
    const double cosine_of_half = 0.5 * numeric::sqrt(trace > -1 + 1e-12 ? 1 + trace : 1e-12);
    for (int r = 0; r < 3; ++r) way[3 + r] = goal.meters_per_radian * 0.5 * sum[r] / cosine_of_half;
  }
  return way;
}

/// The damped least-squares step J^T (J J^T + damping I)^-1 way, restricted to the joint limits: a joint that would
/// cross a limit moves to it and is held there, and the step is recomputed for the other joints and the remaining
/// residual.
template <int Rows, int Joints>
Vec<Joints, double> damped_step(const SerialChain<Joints, double>& chain,
                                const typename SerialChain<Joints, double>::Jacobian& jacobian,
                                const Vec<Joints, double>& q, Vec<Rows, double> way, double damping,
                                double meters_per_radian) {
  Vec<Rows, double> column[Joints];
  for (int j = 0; j < Joints; ++j)
    for (int r = 0; r < Rows; ++r) column[j][r] = (r < 3 ? 1.0 : meters_per_radian) * jacobian.column[j][r];
  Vec<Joints, double> step{};
  bool held[Joints] = {};
  for (;;) {
    double normal[Rows][Rows] = {};
    for (int j = 0; j < Joints; ++j)
      for (int r = 0; r < Rows && !held[j]; ++r)
        for (int c = 0; c <= r; ++c) normal[r][c] += column[j][r] * column[j][c];
    for (int r = 0; r < Rows; ++r) normal[r][r] += damping;
    const Vec<Rows, double> pull = solve_symmetric(normal, way);
    bool again = false;
    for (int j = 0; j < Joints; ++j) {
      if (held[j]) continue;
      step[j] = dot(column[j], pull);
      const double down = chain.joint[j].lower - q[j], up = chain.joint[j].upper - q[j];
      if (step[j] >= down && step[j] <= up) continue;
      held[j] = again = true;
      step[j] = step[j] < down ? down : up;
      way = way - step[j] * column[j];
    }
    if (!again) return step;
  }
}

template <int Joints>
Vec<Joints, double> clamped(const SerialChain<Joints, double>& chain, Vec<Joints, double> q) {
  for (int j = 0; j < Joints; ++j) {
    const double low = chain.joint[j].lower, high = chain.joint[j].upper;
    q[j] = q[j] > high ? high : q[j] >= low ? q[j] : low;  // NaN becomes the lower limit
  }
  return q;
}

template <int Rows, int Joints>
Refined<Joints> refine(const SerialChain<Joints, double>& chain, const BaseGoal<double>& goal,
                       const Vec<Joints, double>& start, const RefineOptions& options) {
  const double weight = Rows == 6 ? goal.meters_per_radian : 0.0;
  Refined<Joints> at{clamped(chain, start), 0, 0, 0, false};
  auto frames = chain.frames(at.q);
  const auto judge = [&](Refined<Joints>& place, const Pose<double>& tip) {
    place.distance = goal.distance(tip);
    place.turn = Rows == 6 ? goal.turn(tip) : 0.0;
    place.reached = place.distance <= options.distance && place.turn <= options.turn;
    return place.distance * place.distance + weight * weight * place.turn * place.turn;
  };
  double error = judge(at, frames.tip), caution = 0.5;
  while (!at.reached && at.iterations < options.iterations) {
    // The damping vanishes with the square of the pose error, so the last steps are Newton's (Sugihara,
    // "Solvability-unconcerned inverse kinematics by the Levenberg-Marquardt method", 2011).
    const auto step = damped_step<Rows, Joints>(chain, chain.jacobian(frames), at.q, way_to<Rows>(goal, frames.tip),
                                                caution * error + 1e-12, weight);
    Refined<Joints> next{clamped(chain, at.q + step), 0, 0, at.iterations + 1, false};
    const auto next_frames = chain.frames(next.q);
    const double next_error = judge(next, next_frames.tip);
    ++at.iterations;
    if (next_error < error) {
      at = next, frames = next_frames, error = next_error;
      caution = caution * 0.5;
    } else {
      caution *= 8;
    }
  }
  return at;
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
  return goal.meters_per_radian > 0 ? detail::refine<6>(chain, goal, start, options)
                                    : detail::refine<3>(chain, goal, start, options);
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
