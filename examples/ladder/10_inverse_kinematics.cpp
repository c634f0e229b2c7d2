// SPDX-License-Identifier: Apache-2.0
// An arm, a scene, a goal: configurations of a Panda whose open gripper points down at a can, below a shelf and beside
// a post.
// [excerpt]
#include <cstdio>
#include <exception>

#include "mace/ik.hpp"
#include "mace/robot/panda_arm.hpp"

int main() try {
  using Pose = mace::Pose<double>;
  mace::Scene scene;  // meters, in the world frame, z up
  scene.base.position = {-0.6, 0, 0};
  scene.ground = 0;
  scene.boxes.push_back({{Pose::from_rpy({0, 0, 0.3}, {0, 0, 0.55}), {0.2, 0.3, 0.01}}, "shelf"});  // half its edges
  scene.capsules.push_back({{{0.1, 0.15, 0}, {0.1, 0.15, 0.5}, 0.02}, "post"});
  scene.cylinders.push_back({{{.position = {0, 0, 0.1}}, 0.03, 0.1}, "can"});  // radius and half its length
  scene.may_touch = {{"panda_leftfinger", "can"}, {"panda_rightfinger", "can"}};

  mace::IkSolver solver(mace::panda_arm({.finger_opening = 0.04}), scene);
  const Pose grasp = Pose::from_rpy({3.14159, 0, 0}, {0, 0, 0.18});
  const mace::IkResult& result = solver.solve(grasp, {.solutions = 5, .margin = 0.002});
  for (const mace::IkSolution& solution : result.solutions) {
    for (const double angle : solution.q) std::printf("%6.2f ", angle);  // radians
    std::printf("  %.2f mm off, %.0f mm of clearance\n", 1e3 * solution.distance,
                1e3 * solver.check().clearance(solution.q));
  }
  std::printf("%s, the first after %.2f ms\n", result.explained().c_str(), 1e3 * result.first.value_or(0));
  return result.status == mace::IkStatus::solved ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "10_inverse_kinematics: %s\n", error.what());
  return 1;
}
// [excerpt]
