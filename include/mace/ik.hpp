// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Inverse kinematics among obstacles, certified free of collision: IkSolver and solve_ik(). The arm comes from
/// robot/panda_arm.hpp, robot/urdf_arm.hpp or an ArmDescription of your own. docs/arms.md explains it.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "mace/ik/engine.hpp"
#if !defined(MACE_IK_COMPILED)
#include "mace/ik/search_cpu.hpp"
#endif

namespace mace {

/// Collision-free inverse kinematics of an arm among obstacles. Every solution is within the joint limits, within the
/// tolerances of a goal, and certified free of collision by ExactCheck.
///
/// The result of a call does not depend on the number of threads, nor on the time if the deadline does not end the
/// search. From the second call on no memory is allocated, as long as solutions are found and no call asks for more
/// goals or solutions than those before. A solver is used by one thread at a time.
class IkSolver {
 public:
  /// Prepares the search; keeps copies of the geometry.
  /// @param arm  arm of 1 to 16 joints whose links all have hulls
  /// @param scene  obstacles and pose of the base
  /// @param threads  number of threads, including the caller's; they help where more than 256 starts are needed
  /// @throws Error if ExactCheck's constructor throws or `threads` is out of range.
  explicit IkSolver(const ArmDescription& arm, const Scene& scene = {}, int threads = 1)
      : engine_(detail::make_ik_engine(arm, scene, threads)) {}

  /// Replaces the scene, which takes microseconds.
  /// @throws Error if ExactCheck::set_scene() throws; the scene is then as before.
  void set_scene(const Scene& scene) { engine_->set_scene(scene); }

  /// Searches for configurations at a goal. A goal that cannot be reached is a result, not an error.
  /// @param goal  region of end effector poses in the world frame; a Pose and a position convert to it
  /// @param options  number of solutions, deadline, tolerances, and where to search first
  /// @return the result, valid until the next call
  /// @throws Error if the goal or the options are malformed.
  const IkResult& solve(const GoalRegion<>& goal, const IkOptions& options = {}) {
    return engine_->solve({&goal, 1}, options);
  }
  /// Searches for configurations at any of several goals.
  const IkResult& solve(std::span<const GoalRegion<>> goals, const IkOptions& options = {}) {
    return engine_->solve(goals, options);
  }

  /// Pose of the end effector at q, in the world frame.
  /// @throws Error if q has a different number of entries than the arm has joints.
  Pose<double> pose(std::span<const double> q) const { return engine_->pose(q); }

  /// The collision check that certifies the solutions.
  const ExactCheck& check() const { return engine_->check(); }

 private:
  std::unique_ptr<detail::IkEngine> engine_;
};

/// Solutions and status of solve_ik().
struct IkAnswer {
  IkStatus status;
  std::vector<std::vector<double>> solutions;  ///< one entry per joint, radians or meters
  std::string explained;                       ///< one sentence that says how the search ended
};

/// Searches once for configurations of an arm at a goal, free of collision. Programs that search often keep an
/// IkSolver.
/// @param arm  arm of 1 to 16 joints whose links all have hulls
/// @param scene  obstacles and pose of the base
/// @param goal  region of end effector poses in the world frame; a Pose and a position convert to it
/// @param options  number of solutions, deadline, tolerances, and where to search first
/// @throws Error if the arm, the scene, the goal or the options are malformed.
inline IkAnswer solve_ik(const ArmDescription& arm, const Scene& scene, const GoalRegion<>& goal,
                         const IkOptions& options = {}) {
  IkSolver solver(arm, scene);
  const IkResult& result = solver.solve(goal, options);
  IkAnswer answer{result.status, {}, result.explained()};
  for (const IkSolution& s : result.solutions) answer.solutions.emplace_back(s.q.begin(), s.q.end());
  return answer;
}

}  // namespace mace
