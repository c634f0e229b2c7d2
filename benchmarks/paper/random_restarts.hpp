// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>
#include <optional>

#include "mace/collision/exact_check.hpp"
#include "mace/kinematics/refine.hpp"

/// The plainest way to an arm's configuration that is at a goal and free: solve from random starts until one is.
namespace mace::benchmarks {

/// The processor time of this thread, seconds: what a run takes on a machine that does nothing else.
inline double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// When restarts give up.
struct RestartLimits {
  std::uint32_t tries = 4'000'000'000;
  double seconds = 1e9;
};

/// What came of them.
template <int Joints>
struct Restarts {
  /// The first that was at the goal, within the limits and free.
  std::optional<Vec<Joints, double>> solution;
  std::uint32_t tries = 0, at_goal = 0;
  double seconds = 0;
};

/// Solves from one start after the other that is uniform within the chain's limits. `solve` takes a start and returns a
/// configuration at the goal and within the limits, or nothing.
template <int Joints, class Solve>
Restarts<Joints> random_restarts(const SerialChain<Joints, double>& chain, const ExactCheck& check, Solve&& solve,
                                 const RandomKey& key, const RestartLimits& limits = {}) {
  Restarts<Joints> result;
  const double start = processor_seconds();
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(limits.seconds);
  while (!result.solution && result.tries < limits.tries && Clock::now() < end) {
    const std::optional<Vec<Joints, double>> q = solve(uniform_configuration(chain, key, result.tries++));
    if (!q) continue;
    ++result.at_goal;
    if (check.is_free(q->v)) result.solution = q;
  }
  result.seconds = processor_seconds() - start;
  return result;
}

/// Our solver for it: damped least squares within the limits, onto a position in the base's frame.
template <int Joints>
struct RefineTo {
  const SerialChain<Joints, double>& chain;
  BaseGoal<double> goal;
  RefineOptions options;

  std::optional<Vec<Joints, double>> operator()(const Vec<Joints, double>& start) const {
    const Refined<Joints> at = refine(chain, goal, start, options);
    return at.reached ? std::optional(at.q) : std::nullopt;
  }
};

}  // namespace mace::benchmarks
