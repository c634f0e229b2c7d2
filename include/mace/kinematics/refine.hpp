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

/// How near is near enough, and when to give up.
struct RefineOptions {
  double distance = 1e-3;  ///< meters from the goal's position, at most
  double turn = 1e-2;      ///< radians from the goal's orientation, at most; where that counts
  int iterations = 16;     ///< at most; about 6 are taken from anywhere, 3 from near by
};

/// Where refinement ended.
template <int Joints>
struct Refined {
  Vec<Joints, double> q;  ///< within the limits, always
  double distance, turn;  ///< what is left: meters and radians; turn is 0 where the goal has no orientation
  int iterations;         ///< taken
  bool reached;           ///< both are within their tolerances
};

namespace detail {

/// What is left to go, as the tip's velocity and (with Rows = 6) angular velocity in the base's frame; the latter in
/// meters.
template <int Rows>
Vec<Rows, double> way_to(const BaseGoal<double>& goal, const Pose<double>& tip) {
  Vec<Rows, double> way;
  for (int r = 0; r < 3; ++r) way[r] = goal.pose.position[r] - tip.position[r];
  if constexpr (Rows == 6) {
    // Half the sum of these is sin(angle) axis; we want 2 sin(angle / 2) axis, which grows until half a turn.
    const auto sum = cross(tip.x, goal.pose.x) + cross(tip.y, goal.pose.y) + cross(tip.z, goal.pose.z);
    const double trace = dot(tip.x, goal.pose.x) + dot(tip.y, goal.pose.y) + dot(tip.z, goal.pose.z);
    const double cosine_of_half = 0.5 * numeric::sqrt(trace > -1 + 1e-12 ? 1 + trace : 1e-12);
    for (int r = 0; r < 3; ++r) way[3 + r] = goal.meters_per_radian * 0.5 * sum[r] / cosine_of_half;
  }
  return way;
}

/// The damped least-squares step J^T (J J^T + damping I)^-1 way, within the limits: a joint that would go beyond one
/// goes there only and is held, and the others step again, by what is then left of the way.
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
    q[j] = q[j] > high ? high : q[j] >= low ? q[j] : low;  // of NaN too
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

/// Moves a configuration onto a goal, within the joints' limits: damped least squares on the chain's Jacobian. The goal
/// is in the frame of the chain's base. It goes downhill from where it starts and may end in a local minimum, so a try
/// that fails says nothing; a start elsewhere may succeed. What it costs is microseconds; nothing is allocated.
template <int Joints>
Refined<Joints> refine(const SerialChain<Joints, double>& chain, const BaseGoal<double>& goal,
                       const Vec<Joints, double>& start, const RefineOptions& options = {}) {
  return goal.meters_per_radian > 0 ? detail::refine<6>(chain, goal, start, options)
                                    : detail::refine<3>(chain, goal, start, options);
}

/// A configuration that is uniform within the joints' limits: number `which` of those that `key` names.
template <int Joints>
Vec<Joints, double> uniform_configuration(const SerialChain<Joints, double>& chain, const RandomKey& key,
                                          std::uint32_t which) {
  Random random(key, which);
  Vec<Joints, double> q;
  for (int j = 0; j < Joints; ++j)
    q[j] = chain.joint[j].lower + (chain.joint[j].upper - chain.joint[j].lower) * random.uniform();
  return q;
}

/// The nearest that refinement comes to a goal from up to `starts` uniform configurations; the first that reaches it is
/// the last. If none does, the goal is in all likelihood out of reach, and what is left is by how much.
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
  RefineOptions patient = options;  // next to a goal out of reach, the steps are short
  patient.iterations = 1000;
  return refine(chain, goal, nearest.q, patient);
}

/// Refuses a goal that the chain cannot reach, limits respected and nothing in its way. Errors: it comes no nearer than
/// so much; a goal that is not finite, or whose axes are no rotation.
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
