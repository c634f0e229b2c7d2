// SPDX-License-Identifier: Apache-2.0
// One round of a task with the paper's numbers, on one thread; scripts/count_instructions.sh counts its instructions.
//   one_round TASK
#include <functional>
#include <map>
#include <string>

#include "common/arm_reach.hpp"
#include "common/box_completion.hpp"
#include "common/command_line.hpp"
#include "common/grasp.hpp"
#include "common/grasp_presets.hpp"
#include "mace/ik/presets.hpp"
#include "mace/prior/vae_prior.hpp"
#include "mace/robot/named_scenes.hpp"
#include "mace/robot/panda_arm.hpp"

using namespace mace;
using namespace mace::examples;

namespace {

const std::string priors = MACE_SOURCE_DIR "/priors/";
constexpr std::uint64_t seed = 3;

/// What is counted, set-up left out: never a part of its caller, so that callgrind finds it by name.
template <class Tuner>
[[gnu::noinline]] void counted_round(Tuner tuner) {
  tuner.run();
}

void complete_boxes(Cpu& exec) {
  const VaePrior prior = read_vae<SmallVae>(read_safetensors(priors + "boxes.safetensors"));
  LatentVae<Cpu, SmallVae> model(exec, prior.weights, prior.prior_sigma);
  BoxCompletion<SmallVae> task(exec, model, draw_partial_box(seed));
  counted_round(
      task.tuner({.samples = 256, .quantile = 1.0 / 32, .rounds = 1, .steps_per_round = 128}, Adam{.rate = 1e-3}));
}

void grasp_shapes(Cpu& exec) {
  const VaePrior prior = read_vae<SmallPlanesVae>(read_safetensors(priors + "planes.safetensors"));
  LatentVae<Cpu, SmallPlanesVae> model(exec, prior.weights, prior.prior_sigma);
  GraspPreset preset = paper_grasp();
  preset.options.rounds = 1;
  counted_round(Grasp(grasp_rays(true), draw_airplane(seed)).tuner(exec, model, preset.options, preset.rate, false));
}

void reach(Cpu& exec, const std::string& scene) {
  const ArmDescription panda = panda_arm();
  ArmReach<7> task(exec, panda, named_scene(scene), {.pose = {.position = named_goal(scene)}},
                   read_arm_prior<ArmNetwork<7>>(read_safetensors(priors + "panda.safetensors"), panda.chain));
  ReachPreset preset = paper_reach(is_cramped(scene));
  preset.options.rounds = 1;
  counted_round(task.tuner(preset.options, preset.rate, false));
}

const std::map<std::string, std::function<void(Cpu&)>> tasks{{"complete_boxes", complete_boxes},
                                                             {"grasp_shapes", grasp_shapes},
                                                             {"reach_cwall", [](Cpu& exec) { reach(exec, "cwall"); }},
                                                             {"reach_box", [](Cpu& exec) { reach(exec, "box"); }}};

}  // namespace

int main(int argc, char** argv) {
  std::string task;
  CLI::App app("One round of a task with the paper's numbers, on one thread.", "one_round");
  app.add_option("task", task)->required()->check(CLI::IsMember(tasks));
  return run_program(app, argc, argv, [&] {
    Cpu exec({.seed = seed, .threads = 1});
    tasks.at(task)(exec);
  });
}
