// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "mace/collision/arm.hpp"
#include "mace/core/error.hpp"
#include "mace/ik/options.hpp"
#include "mace/kinematics/goal_region.hpp"
#include "speed/mbm/problems.hpp"

/// What a problem of MotionBenchMaker asks of inverse kinematics.
namespace mace::benchmarks {

/// A problem for one robot: a configuration whose end effector is at the goal, free of collision.
struct MbmTask {
  const MbmProblem* problem;
  /// The problem's scene. `may_touch` has the fingers with the object to be picked.
  Scene scene;
  /// Pose of the end effector at the problem's goal configuration.
  Pose<double> goal;
};

/// How far each finger of a gripper is open, meters.
inline constexpr double finger_opening = 0.04;

inline bool is_finger(const std::string& link) {
  return link.find("finger") != link.npos;
}

/// The name of the object that is to be picked: of all obstacles the one whose center is nearest to the end effector;
/// empty if there are none.
inline std::string object_to_pick(const Scene& scene, const Vec<3, double>& tip) {
  std::string nearest;
  double least = std::numeric_limits<double>::infinity();
  scene.for_each_kind([&](auto, const auto& obstacles) {
    for (const auto& obstacle : obstacles)
      if constexpr (requires { obstacle.pose; })
        if (const double away = norm(obstacle.pose.position - tip); away < least) {
          least = away;
          nearest = obstacle.name;
        }
  });
  return nearest;
}

/// The problem as it is for a robot.
/// @throws Error, which begins with file:line, unless the problem's joints are those of the robot.
inline MbmTask make_task(const MbmProblem& problem, const ArmDescription& arm) {
  const auto& joints = arm.chain.joints;
  std::vector<double> q;
  for (const auto& joint : joints) {
    const auto at = std::find(problem.joints.begin(), problem.joints.end(), joint.name);
    if (at != problem.joints.end()) q.push_back(problem.goal[static_cast<std::size_t>(at - problem.joints.begin())]);
  }
  if (q.size() != joints.size() || q.size() != problem.joints.size()) {
    std::string wanted, got;
    for (const auto& joint : joints) wanted += (wanted.empty() ? "" : ", ") + joint.name;
    for (const auto& joint : problem.joints) got += (got.empty() ? "" : ", ") + joint;
    fail(problem.place, ": joints: wanted those of the robot, ", wanted, "; got ", got);
  }
  const Pose<double> tip = arm.chain.frames({}, q).back() * arm.chain.tip;
  MbmTask task{&problem, problem.scene, tip};
  const std::string object = object_to_pick(task.scene, tip.position);
  for (const ArmLink& link : arm.links)
    if (is_finger(link.name) && !object.empty()) task.scene.may_touch.push_back({link.name, object});
  return task;
}

/// True if a configuration is within the joint limits and its end effector at the goal.
inline bool is_at_goal(const MbmTask& task, const ChainDescription& chain, const std::vector<double>& q,
                       const IkOptions& options) {
  const Pose<double> tip = chain.frames({}, q).back() * chain.tip;
  const GoalRegion<> goal(task.goal);
  bool within = goal.distance(tip) <= options.tolerance && goal.turn(tip) <= options.turn_tolerance;
  for (std::size_t i = 0; i < q.size(); ++i)
    within = within && chain.joints[i].lower <= q[i] && q[i] <= chain.joints[i].upper;
  return within;
}

}  // namespace mace::benchmarks
