// SPDX-License-Identifier: Apache-2.0
// The stages of the paper's tasks one by one on a device, with the tasks' sizes: how long, and how far from what the
// device could at best.
//   kernels FILE.json
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "common/grasp_condition.hpp"
#include "cuda/roofline.cuh"
#include "mace/cpu.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/safetensors.hpp"
#include "mace/prior/arm_prior.hpp"
#include "mace/prior/vae_prior.hpp"
#include "mace/robot/named_scenes.hpp"
#include "mace/robot/panda_arm.hpp"
#include "shapes/airplane.hpp"

using namespace mace;
using namespace mace::benchmarks;

namespace {

constexpr Index points = 2048;
using Planes = SmallPlanesVae;
using PandaNet = ArmNetwork<7>;
const std::string priors = MACE_SOURCE_DIR "/priors/";

/// What is timed, and where the results go.
struct Bench {
  Cuda& exec;
  DevicePeak peak;
  Json results = Json::object();

  template <class Work>
  void operator()(const std::string& name, const Cost& cost, const Work& work) {
    results[name] = time_work(exec, peak, cost, work);
    std::fprintf(stderr, "%s: %s\n", name.c_str(), results[name].dump().c_str());
  }
};

/// Operations of an Mlp, a sample.
template <class Net>
constexpr double flops_of() {
  double weights = 0;
  for (int l = 0; l < Net::layers; ++l) weights += double(Net::width[l]) * double(Net::width[l + 1]);
  return 2 * weights;
}

void chamfer(Bench& bench) {
  Cuda& exec = bench.exec;
  constexpr Index clouds = 256, observed = 1024;
  Random random({1, Stream::evaluation, 0}, 0);
  std::vector<float> seen(3 * observed);
  for (float& x : seen) x = random.uniform(-0.5f, 0.5f);
  std::vector<PartialCloud<points>> parts(clouds);
  for (auto& part : parts) {
    for (float& x : part.xyz) x = random.uniform(-0.5f, 0.5f);
    part.count = points;
  }
  const auto on_device = exec.upload(parts);
  const auto scores = exec.allocate<float>(clouds);
  const CloudMatch<points, DeviceSpace> match(exec, seen, {});
  // A pair's distance serves both directions at best; the kernel finds it twice.
  bench("chamfer_256x2048_to_1024", {.flops = 8.0 * clouds * points * observed},
        [&] { match.log_scores(exec, std::span<const PartialCloud<points>>(on_device.span()), scores.span()); });
}

void shapes(Bench& bench) {
  Cuda& exec = bench.exec;
  constexpr Index samples = 256, elites = 16, many = 4096;
  const VaePrior prior = read_vae<Planes>(read_safetensors(priors + "planes.safetensors"));
  LatentVae<Cuda, Planes> model(exec, prior.weights, prior.prior_sigma);
  const auto clouds = exec.allocate<Planes::Sample>(many);
  const auto contacts = exec.allocate<Contacts<8>>(many);
  const auto scores = exec.allocate<float>(many);
  const std::vector<Ray> rays = examples::grasp_rays(true);
  const Contact<points> fingers(std::span<const Ray>(rays), examples::finger_radius);
  Random random({2, Stream::evaluation, 0}, 0);
  std::vector<float> object(3 * points);
  sample_airplane(random_airplane(random), random, object.data(), points);
  const ContactMatch<8> match(find_contacts(fingers.fingers(), object.data(), points));
  const auto first = [](const auto& buffer, Index count) { return buffer.span().first(std::size_t(count)); };

  const double decoded = flops_of<Planes::Decoder>(), cloud_bytes = sizeof(Planes::Sample);
  bench("decode_256", {samples * decoded, samples * cloud_bytes}, [&] {
    model.sample(exec, {3, Stream::draw, 0}, first(clouds, samples));
  });
  bench("contacts_256", {.bytes = samples * cloud_bytes}, [&] {
    fingers.simulate(exec, std::span<const Planes::Sample>(first(clouds, samples)), first(contacts, samples));
  });
  const auto codes = exec.allocate<float>(2 * Planes::latents * elites);
  bench("encode_16", {elites * points * flops_of<Planes::Encoder::PointNet>(), elites * cloud_bytes}, [&] {
    model.encode(exec, std::span<const Planes::Sample>(first(clouds, elites)),
                 codes.matrix(2 * Planes::latents, elites));
  });
  bench("best_of_4096", {many * decoded, 2 * many * cloud_bytes}, [&] {
    model.sample(exec, {3, Stream::draw, 1}, clouds.span());
    fingers.simulate(exec, std::span<const Planes::Sample>(clouds.span()), contacts.span());
    score_outcomes(exec, match, std::span<const Contacts<8>>(contacts.span()), scores.span());
  });
  const auto order = exec.allocate<std::int32_t>(many), chosen = exec.allocate<std::int32_t>(elites),
             found = exec.allocate<std::int32_t>(1);
  const auto weights = exec.allocate<float>(elites);
  for (const Index count : {samples, many})
    bench("top_16_of_" + std::to_string(count), {.bytes = 4.0 * double(count)}, [&] {
      exec.top_k(first(scores, count), 0, first(order, count), chosen.span(), weights.span(), found.data());
    });
}

void arm(Bench& bench) {
  Cuda& exec = bench.exec;
  const ArmDescription panda = panda_arm();
  const auto prior = read_arm_prior<PandaNet>(read_safetensors(priors + "panda.safetensors"), panda.chain);
  Autoregressive<Cuda, PandaNet> model(exec, prior.weights, prior.limits);
  const auto condition = named_goal("box").as<float>();
  model.set_condition(exec, condition.v);
  constexpr Index many = 4096;
  const auto samples = exec.allocate<Vec<7>>(many);
  const auto outcomes = exec.allocate<ArmOutcome<float>>(many);
  const auto first = [](const auto& buffer, Index count) { return buffer.span().first(std::size_t(count)); };
  double flops = 0;
  PandaNet::for_each_joint([&](auto joint) { flops += flops_of<PandaNet::Net<joint>>(); });
  const double weight_bytes = 4.0 * PandaNet::parameters;
  for (const Index count : {Index{64}, many})
    bench("draw_arms_" + std::to_string(count), {double(count) * flops, weight_bytes}, [&] {
      model.sample(exec, {4, Stream::draw, 0}, first(samples, count));
    });
  const Arm<7, DeviceSpace> simulator(exec, panda, named_scene("box"));
  bench("collisions_4096", {},
        [&] { simulator.simulate(exec, std::span<const Vec<7>>(samples.span()), outcomes.span()); });
  // A step reads the weights twice and writes them once, and reads and writes Adam's three numbers of each. Four, as
  // many as a round of the paper's takes.
  for (const Index elites : {4, 32}) {
    std::vector<std::int32_t> indices(static_cast<std::size_t>(elites));
    for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = static_cast<std::int32_t>(i);
    Elites<DeviceSpace> chosen(exec, elites, 1);
    exec.copy(std::span<const std::int32_t>(indices), chosen.indices.span());
    exec.fill(chosen.weights.span(), 1.0f / float(elites));
    exec.fill(chosen.found.span(), static_cast<std::int32_t>(elites));
    model.reserve(exec, many, elites, 1);
    model.set_elites(exec, samples.span(), chosen);
    const Adam adam{.rate = 1e-7};
    auto state = adam.make_state(exec, PandaNet::parameters);
    constexpr Index steps = 4;
    bench("four_steps_of_" + std::to_string(elites) + "_arms",
          {steps * 3.0 * double(elites) * flops, steps * 9 * weight_bytes},
          [&] { model.ascend(exec, 1, steps, adam.steps(exec, state, model.parameters(), steps)); });
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) fail("wanted: kernels FILE.json");
  Cuda exec = cuda();
  Bench bench{exec, DevicePeak()};
  chamfer(bench);
  shapes(bench);
  arm(bench);
  const Json json{{"benchmark", "kernels"},         {"device", exec.name()},          {"precision", "fp32"},
                  {"peak_flops", bench.peak.flops}, {"peak_bytes", bench.peak.bytes}, {"kernels", bench.results}};
  AtomicFile file(argv[1]);
  file.write(json.dump(2) + "\n");
  file.commit();
} catch (const std::exception& error) {
  std::fprintf(stderr, "kernels: %s\n", error.what());
  return 1;
}
