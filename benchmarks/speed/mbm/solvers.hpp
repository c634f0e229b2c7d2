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

/// The first solution, if one was found, and the time from when the scene was given, seconds.
struct MbmAnswer {
  std::optional<std::vector<double>> q;
  double seconds;
};

/// A solver that has the robot already.
using MbmSolver = std::function<MbmAnswer(const MbmTask&)>;

/// What holds for all solvers.
struct SolverSettings {
  int threads = 1;
  double deadline = 1;     ///< seconds a problem
  RefineOptions refine{}; ///< tolerances of a solution
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

  MbmAnswer solve(const MbmTask& task) {
    const Stopwatch watch;
    check_.set_scene(task.scene);
    ExactSolutions<Cpu, Joints, ExactCheck> search(
        exec_, chain_, check_, task.goal,
        {.solutions = 1, .deadline = settings_.deadline, .refine = settings_.refine});
    search_uniform(search, settings_.deadline);
    const double seconds = watch.seconds();
    if (search.solutions().empty()) return {std::nullopt, seconds};
    const auto& q = search.solutions().front();
    return {std::vector<double>(q.v, q.v + Joints), seconds};
  }

 private:
  SolverSettings settings_;
  Cpu exec_;
  SerialChain<Joints, double> chain_;
  ExactCheck check_;
};

/// A solver that has the arm.
template <template <int> class Solver>
MbmSolver make_solver(const ArmDescription& arm, const SolverSettings& settings) {
  MbmSolver solver;
  examples::with_joints(arm.chain.joints.size(), [&]<int Joints>(std::integral_constant<int, Joints>) {
    solver = [made = std::make_shared<Solver<Joints>>(arm, settings)](const MbmTask& task) {
      return made->solve(task);
    };
  });
  return solver;
}

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

  MbmAnswer solve(const MbmTask& task) {
    const Stopwatch watch;
    check_.set_scene(task.scene);
    solver_.aim(task.goal.pose);
    const auto found = random_restarts(chain_, check_, solver_, {0, Stream::restart}, {.seconds = settings_.deadline});
    const double seconds = watch.seconds();
    if (!found.solution) return {std::nullopt, seconds};
    return {std::vector<double>(found.solution->v, found.solution->v + Joints), seconds};
  }

 private:
  SolverSettings settings_;
  SerialChain<Joints, double> chain_;
  ExactCheck check_;
  KdlSolver<Joints> solver_;
};
#endif

}  // namespace mace::benchmarks
