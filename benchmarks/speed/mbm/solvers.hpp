// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/robots.hpp"
#include "mace/core/stopwatch.hpp"
#include "mace/cpu.hpp"
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

/// What holds for all solvers.
struct SolverSettings {
  int threads = 1;
  double deadline = 1;     ///< seconds a problem
  RefineOptions refine{};  ///< tolerances of a solution
};

/// Times a search, from when the scene is given.
template <class Search>
MbmAnswer timed(const Search& search) {
  const double processor = processor_seconds();
  const Stopwatch watch;
  std::optional<std::vector<double>> q = search();
  return {std::move(q), watch.seconds(), processor_seconds() - processor};
}

/// MACE: the first certified solution.
inline MbmSolver mace_solver(const ArmDescription& arm, const SolverSettings& settings) {
  const auto solver = std::make_shared<IkSolver>(arm, Scene{}, settings.threads);
  return [=](const MbmTask& task) {
    return timed([&]() -> std::optional<std::vector<double>> {
      solver->set_scene(task.scene);
      const IkResult& found = solver->solve(task.goal, {.deadline = settings.deadline,
                                                        .tolerance = settings.refine.distance,
                                                        .turn_tolerance = settings.refine.turn});
      if (found.solutions.empty()) return std::nullopt;
      return std::vector<double>(found.solutions[0].q.begin(), found.solutions[0].q.end());
    });
  };
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

  std::optional<Vec<Joints, double>> solve(const MbmTask& task) {
    check_.set_scene(task.scene);
    solver_.aim(task.goal.in_base(task.scene.base).pose);
    return random_restarts(chain_, check_, solver_, {0, Stream::restart}, {.seconds = settings_.deadline}).solution;
  }

 private:
  SolverSettings settings_;
  SerialChain<Joints, double> chain_;
  ExactCheck check_;
  KdlSolver<Joints> solver_;
};

inline MbmSolver kdl_solver(const ArmDescription& arm, const SolverSettings& settings) {
  MbmSolver solver;
  examples::with_joints(arm.chain.joints.size(), [&]<int Joints>(std::integral_constant<int, Joints>) {
    solver = [made = std::make_shared<KdlRestarts<Joints>>(arm, settings)](const MbmTask& task) {
      return timed([&]() -> std::optional<std::vector<double>> {
        const auto q = made->solve(task);
        return q ? std::optional(std::vector<double>(q->v, q->v + Joints)) : std::nullopt;
      });
    };
  });
  return solver;
}
#endif

}  // namespace mace::benchmarks
