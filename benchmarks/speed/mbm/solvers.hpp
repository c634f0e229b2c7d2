// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include "common/robots.hpp"
#include "mace/core/stopwatch.hpp"
#include "mace/cpu.hpp"
#include "mace/ik/exact_search.hpp"
#include "mace/ik/exact_solutions.hpp"
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

/// What holds for all solvers.
struct SolverSettings {
  int threads = 1;
  double deadline = 1;     ///< seconds a problem
  RefineOptions refine{};  ///< tolerances of a solution
};

/// MACE: the first certified solution.
template <int Joints>
class MaceSolver {
 public:
  MaceSolver(const ArmDescription& arm, const SolverSettings& settings)
      : settings_(settings),
        exec_({.threads = settings.threads}),
        chain_(arm.chain.template chain<Joints, double>()),
        check_(arm, {}) {}

  std::optional<Vec<Joints, double>> solve(const MbmTask& task) {
    check_.set_scene(task.scene);
    ExactSolutions<Cpu, Joints, ExactCheck> search(
        exec_, chain_, check_, task.goal, {.solutions = 1, .deadline = settings_.deadline, .refine = settings_.refine});
    search_uniform(search, settings_.deadline);
    return search.solutions().empty() ? std::nullopt : std::optional(search.solutions().front());
  }

 private:
  SolverSettings settings_;
  Cpu exec_;
  SerialChain<Joints, double> chain_;
  ExactCheck check_;
};

#ifdef MACE_BENCHMARKS_KDL
/// KDL from uniform starts, with the collision check that ours has, on one thread.
template <int Joints>
class KdlRestarts {
 public:
  KdlRestarts(const ArmDescription& arm, const SolverSettings& settings)
      : settings_(settings),
        chain_(arm.chain.template chain<Joints, double>()),
        check_(arm, {}),
        solver_(chain_, settings.refine.distance, 500, settings.refine.distance / settings.refine.turn) {}

  std::optional<Vec<Joints, double>> solve(const MbmTask& task) {
    check_.set_scene(task.scene);
    solver_.aim(task.goal.pose);
    return random_restarts(chain_, check_, solver_, {0, Stream::restart}, {.seconds = settings_.deadline}).solution;
  }

 private:
  SolverSettings settings_;
  SerialChain<Joints, double> chain_;
  ExactCheck check_;
  KdlSolver<Joints> solver_;
};
#endif

/// A solver for an arm, and its time.
template <template <int> class Solver>
MbmSolver make_solver(const ArmDescription& arm, const SolverSettings& settings) {
  MbmSolver solver;
  examples::with_joints(arm.chain.joints.size(), [&]<int Joints>(std::integral_constant<int, Joints>) {
    solver = [made = std::make_shared<Solver<Joints>>(arm, settings)](const MbmTask& task) {
      const double processor = processor_seconds();
      const Stopwatch watch;
      const auto q = made->solve(task);
      MbmAnswer answer{{}, watch.seconds(), processor_seconds() - processor};
      if (q) answer.q.emplace(q->v, q->v + Joints);
      return answer;
    };
  });
  return solver;
}

}  // namespace mace::benchmarks
