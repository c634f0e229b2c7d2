// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include "common/robots.hpp"
#include "mace/core/stopwatch.hpp"
#include "mace/ik.hpp"
#include "paper/random_restarts.hpp"
#include "speed/mbm/task.hpp"
#ifdef MACE_BENCHMARKS_KDL
#include "speed/peers/kdl.hpp"
#endif

/// Solvers of the problems of MotionBenchMaker.
namespace mace::benchmarks {

/// The first solution, if one was found, and the time from when the scene was given: by the clock, and of the processor
/// for the calling thread, which is what it takes on a machine that does nothing else.
struct MbmAnswer {
  std::optional<std::vector<double>> q{};
  double seconds = 0, processor_seconds = 0;
};

/// A solver that has the robot already.
using MbmSolver = std::function<MbmAnswer(const MbmTask&)>;

namespace detail {

/// Asks `made->solve(task)` and takes its time.
template <class Solver>
MbmSolver timed(std::shared_ptr<Solver> made) {
  return [made](const MbmTask& task) {
    const double processor = processor_seconds();
    const Stopwatch watch;
    auto q = made->solve(task);
    return MbmAnswer{std::move(q), watch.seconds(), processor_seconds() - processor};
  };
}

class Mace {
 public:
  Mace(const ArmDescription& arm, const IkOptions& options, int threads)
      : options_(options), solver_(arm, {}, threads) {}

  std::optional<std::vector<double>> solve(const MbmTask& task) {
    solver_.set_scene(task.scene);
    const IkResult& result = solver_.solve(task.goal, options_);
    if (result.solutions.empty()) return std::nullopt;
    const auto q = result.solutions.front().q;
    return std::vector<double>(q.begin(), q.end());
  }

 private:
  IkOptions options_;
  IkSolver solver_;
};

#ifdef MACE_BENCHMARKS_KDL
template <int Joints>
class Kdl {
 public:
  Kdl(const ArmDescription& arm, const IkOptions& options)
      : options_(options),
        chain_(arm.chain.template chain<Joints, double>()),
        check_(arm, {}),
        solver_(chain_, options.tolerance, 500, options.tolerance / options.turn_tolerance) {}

  std::optional<std::vector<double>> solve(const MbmTask& task) {
    check_.set_scene(task.scene);
    solver_.aim(task.goal);
    const auto q =
        random_restarts(chain_, check_, solver_, {0, Stream::restart}, {.seconds = options_.deadline}).solution;
    return q ? std::optional(std::vector<double>(q->v, q->v + Joints)) : std::nullopt;
  }

 private:
  IkOptions options_;
  SerialChain<Joints, double> chain_;
  ExactCheck check_;
  KdlSolver<Joints> solver_;
};
#endif

}  // namespace detail

/// MACE's first certified solution.
inline MbmSolver mace_solver(const ArmDescription& arm, const IkOptions& options, int threads) {
  return detail::timed(std::make_shared<detail::Mace>(arm, options, threads));
}

#ifdef MACE_BENCHMARKS_KDL
/// KDL's first free solution from uniform starts, with the collision check that ours has, on one thread.
/// @throws Error if the programs are not compiled for so many joints.
inline MbmSolver kdl_solver(const ArmDescription& arm, const IkOptions& options) {
  MbmSolver solver;
  examples::with_joints(arm.chain.joints.size(), [&]<int Joints>(std::integral_constant<int, Joints>) {
    solver = detail::timed(std::make_shared<detail::Kdl<Joints>>(arm, options));
  });
  return solver;
}
#endif

}  // namespace mace::benchmarks
