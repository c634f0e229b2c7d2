// SPDX-License-Identifier: Apache-2.0
// Trains the prior of the reaching task: an arm's joints given where its tip is, on configurations that are drawn as they
// are needed.
#include "common/train_arm.hpp"

#include <filesystem>

#include "common/command_line.hpp"
#include "common/describe_arm.hpp"
#include "common/robots.hpp"

using namespace mace;

int main(int argc, char** argv) {
  examples::TrainingSettings settings;
  settings.out = "arm.safetensors";
  std::string robot = "panda", tip;
  CLI::App app("Trains the prior over an arm's joints that reach_obstacles tunes.", "train_arm");
  app.add_option("--robot", robot, "panda, or a URDF file")->capture_default_str();
  app.add_option("--tip", tip, "of a URDF's links, the one whose position counts");
  examples::add_training_flags(app, settings);
  return examples::run_program(app, argc, argv, [&] {
    const ArmDescription arm = examples::read_robot(robot, tip);
    if (robot != "panda") examples::print_arm(robot, arm);
    examples::with_joints(arm.chain.joints.size(), [&](auto joints) {
      examples::ArmTraining<joints> training(std::filesystem::path(robot).filename().string(), arm, settings);
      examples::TrainingLoop(settings, training).run();
    });
  });
}
