// SPDX-License-Identifier: Apache-2.0
// Trains the prior of the reaching task: an arm's joints given where its tip is, on configurations that are drawn as
// they are needed.
#include "common/train_arm.hpp"

#include <filesystem>
#include <type_traits>

#include "common/command_line.hpp"
#include "common/describe_arm.hpp"
#include "common/robots.hpp"

using namespace mace;

int main(int argc, char** argv) {
  examples::TrainingSettings settings;
  settings.out = "arm.safetensors";
  examples::RobotSettings robot;
  CLI::App app("Trains the prior over an arm's joints that reach_obstacles tunes.", "train_arm");
  examples::add_robot_flags(app, robot);
  examples::add_training_flags(app, settings);
  return examples::run_program(app, argc, argv, [&] {
    const ArmDescription arm = examples::read_robot(robot);
    if (robot.name != "panda") examples::print_arm(robot.name, arm);
    examples::with_joints(arm.chain.joints.size(), [&](auto joints) {
      examples::on_arm_device<joints>(settings.device, {settings.seed, settings.threads}, [&](auto& exec, Cpu& host) {
        examples::ArmTraining<joints, std::decay_t<decltype(exec)>> training(
            exec, host, std::filesystem::path(robot.name).filename().string(), arm, settings);
        examples::TrainingLoop(settings, training).run();
      });
    });
  });
}
