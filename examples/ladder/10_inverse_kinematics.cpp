// SPDX-License-Identifier: Apache-2.0
// Inverse kinematics among obstacles: ten configurations of a Panda whose end effector is at a goal behind a box,
// within a millimeter and a hundredth of a radian, certified to be free of collision. Nothing is tuned.
// [excerpt]
#include <cstdio>
#include <exception>
#include <span>

#include "mace/collision/exact_check.hpp"
#include "mace/cpu.hpp"
#include "mace/ik/exact_search.hpp"
#include "mace/ik/exact_solutions.hpp"
#include "mace/robot/panda_arm.hpp"

int main() try {
  using Pose = mace::Pose<double>;
  const mace::ArmDescription arm = mace::panda_arm();  // or your own: mace::read_urdf_arm("arm.urdf", "tool0")

  mace::Scene scene;  // meters, in the world's frame, z up
  scene.ground = 0;
  scene.base = Pose::from_rpy({0, 0, 0}, {-0.6, 0, 0});  // where the robot stands
  // A box: its pose, half its edges, and its name.
  scene.boxes.push_back({{Pose::from_rpy({0, 0, 0.3}, {-0.2, 0, 0.2}), {0.05, 0.15, 0.2}}, "wall"});
  const mace::ExactCheck check(arm, scene);

  // The gripper points down, half a turn about x. A radian counts as much as 30 cm.
  const mace::Goal<double> goal{Pose::from_rpy({3.14159, 0, 0}, {0, 0, 0.2}), 0.3};
  const mace::BaseGoal<double> in_base = goal.in_base(scene.base);

  auto exec = mace::cpu({.seed = 1});
  const mace::SerialChain<7, double> chain = arm.chain.chain<7, double>();
  const mace::ExactOptions options{
      .solutions = 10, .deadline = 5, .refine = {.distance = 1e-3, .turn = 1e-2}};  // meters, radians; seconds
  mace::ExactSolutions exact(exec, chain, check, in_base, options);
  mace::search_uniform(exact, options.deadline);  // until there are ten, or time is up

  for (const auto& q : exact.solutions()) {  // radians
    const Pose end_effector = scene.base * chain.pose(q);
    const double distance = goal.distance(end_effector), turn = goal.turn(end_effector);
    const double clearance = check.clearance(std::span<const double>(q.v));
    for (const double angle : q.v) std::printf("%6.2f ", angle);
    std::printf("  %.2f mm and %.4f rad off, %.0f mm of clearance\n", 1e3 * distance, turn, 1e3 * clearance);
    mace::require(chain.within_limits(q) && distance <= 1e-3 && turn <= 1e-2 && clearance > 0,
                  "wanted a solution within the limits, at the goal and free");
  }
  mace::require(exact.solutions().size() == 10, "wanted ten solutions, got ", exact.solutions().size());
  std::printf("the first of them after %.1f ms\n", 1e3 * exact.report().first.value());
} catch (const std::exception& error) {
  std::fprintf(stderr, "10_inverse_kinematics: %s\n", error.what());
  return 1;
}
// [excerpt]
