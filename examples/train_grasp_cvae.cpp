// SPDX-License-Identifier: Apache-2.0
// Trains the baseline of the grasping task: a conditional VAE of airplanes, given where five fingers touch them.
#include <type_traits>

#include "common/airplanes.hpp"
#include "common/command_line.hpp"
#include "common/grasp_condition.hpp"
#include "common/train_conditional_vae.hpp"
#include "mace/cloud/contact_cpu.hpp"
#include "shapes/airplane.hpp"

using namespace mace;

namespace {

template <class BaseVae>
void train(const std::string& network, const examples::TrainingSettings& settings, const VaeTrainingOptions& options,
           const VaeSchedule& schedule, float turn) {
  using Shape = ConditionalVae<BaseVae, examples::grasp_features>;
  const std::vector<Ray> rays = examples::grasp_rays(true);
  const auto fingers = make_fingers<examples::grasp_fingers>(rays, examples::finger_radius);
  const auto airplane = [fingers, turn](Random& random, typename Shape::Sample& cloud, float* condition) {
    const Airplane shape = random_airplane(random);
    sample_airplane(shape, random, cloud.xyz, Shape::points);
    examples::turn_cloud(cloud.xyz, random.uniform(-turn, turn));
    examples::write_condition(find_contacts(best_isa(), fingers, cloud.xyz, Shape::points), condition);
  };
  examples::on_device(settings.device, {settings.seed, settings.threads}, [&](auto& exec, Cpu& host) {
    examples::ConditionalVaeTraining<Shape, std::decay_t<decltype(exec)>> training(
        exec, host, {{"task", "grasp_cvae"}, {"network", network}, {"fingers", examples::fingers_text(rays)}}, settings,
        options, schedule, airplane);
    examples::TrainingLoop(settings, training).run();
  });
}

}  // namespace

int main(int argc, char** argv) {
  examples::TrainingSettings settings;
  settings.out = "grasp_cvae.safetensors";
  std::string network = "small";
  CLI::App app("Trains the conditional VAE that grasp_shapes compares with.", "train_grasp_cvae");
  examples::add_training_flags(app, settings);
  app.add_option("--size", network, "which network")->check(CLI::IsMember({"small", "paper"}))->capture_default_str();
  return examples::run_program(app, argc, argv, [&] {
    // The paper's loss weights, and for its network the paper's rate (App. A).
    VaeTrainingOptions options{
        .batch = 64, .encoder_points = 256, .reconstruction = 50, .divergence = 1, .prior_sigma = 0.2f};
    if (network == "paper") return train<PaperVae>(network, settings, options, {.rate = 2e-4}, examples::paper_turn);
    options.batch = 32;
    options.encoder_points = SmallPlanesVae::points;
    train<SmallPlanesVae>(network, settings, options, {.rate = 1e-3}, examples::small_turn);
  });
}
