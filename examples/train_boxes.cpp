// SPDX-License-Identifier: Apache-2.0
// Trains the prior of the completion task: a VAE of boxes, on boxes that are drawn as they are needed.
#include <type_traits>

#include "common/command_line.hpp"
#include "common/train_vae.hpp"
#include "shapes/box.hpp"

using namespace mace;

namespace {

template <class Shape>
void train(const std::string& network, const examples::TrainingSettings& settings, const VaeTrainingOptions& options,
           const VaeSchedule& schedule) {
  const auto box = [](Random& shape, Random& points, typename Shape::Sample& cloud) {
    sample_box(random_box(shape), points, cloud.xyz, Shape::points);
  };
  examples::on_device(settings.device, {settings.seed, settings.threads}, [&](auto& exec, Cpu& host) {
    examples::VaeTraining<Shape, std::decay_t<decltype(exec)>> training(
        exec, host, {{"task", "boxes"}, {"network", network}}, settings, options, schedule, box);
    examples::TrainingLoop(settings, training).run();
  });
}

}  // namespace

int main(int argc, char** argv) {
  examples::TrainingSettings settings;
  settings.out = "boxes.safetensors";
  std::string network = "small";
  CLI::App app("Trains the prior over boxes that complete_boxes tunes.", "train_boxes");
  examples::add_training_flags(app, settings);
  app.add_option("--size", network, "which network")->check(CLI::IsMember({"small", "paper"}))->capture_default_str();
  return examples::run_program(app, argc, argv, [&] {
    // Both with the paper's loss weights (App. C).
    if (network == "small")
      train<SmallVae>(network, settings, {.batch = 32, .encoder_points = SmallVae::points, .divergence = 0.1f},
                      {.rate = 1e-3});
    else
      train<PaperVae>(network, settings, {.batch = 64, .encoder_points = 256, .divergence = 0.1f}, {.rate = 5e-4});
  });
}
