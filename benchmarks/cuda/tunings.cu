// SPDX-License-Identifier: Apache-2.0
// The paper's tasks with the paper's numbers, tuned on a device and on the host: how long, and how good.
//   tunings RUNS FILE.json
#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "common/grasp_condition.hpp"
#include "common/grasp_presets.hpp"
#include "mace/cpu.hpp"
#include "mace/cuda.cuh"
#include "mace/ik/presets.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/cloud.hpp"
#include "mace/io/safetensors.hpp"
#include "mace/prior/arm_prior.hpp"
#include "mace/prior/vae_prior.hpp"
#include "mace/robot/named_scenes.hpp"
#include "mace/robot/panda_arm.hpp"
#include "shapes/airplane.hpp"

using namespace mace;
using Json = nlohmann::ordered_json;

namespace {

const std::string priors = MACE_SOURCE_DIR "/priors/";

/// Bytes of the device that are in use, by whomever.
std::size_t used_memory() {
  std::size_t free = 0, all = 0;
  check(cudaMemGetInfo(&free, &all), "cudaMemGetInfo");
  return all - free;
}

/// Runs a tuning again and again, for at most 8 seconds, each time from the prior; the first run, in which memory is
/// taken and a round recorded, is the one whose outcome is told and whose time is not.
template <class Exec, class Tuner, class Reset>
Json time_runs(Exec& exec, Tuner& tuner, int runs, const Reset& reset) {
  std::vector<double> seconds;
  Json json;
  double all = 0;
  for (int run = 0; run <= runs && (run < 2 || all < 8); ++run) {
    reset();
    exec.finish();
    const auto start = std::chrono::steady_clock::now();
    const Report report = tuner.run();
    exec.finish();
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (run == 0) {
      json["score"] = report.history.back().mean_score;
      json["rounds"] = report.rounds;
      json["steps"] = report.steps;
      json["replayed"] = report.replayed;
      json["first_run_s"] = took;
      if constexpr (std::same_as<Exec, Cuda>) json["device_bytes"] = used_memory();  // CUDA's own among them
    } else {
      seconds.push_back(took);
      all += took;
    }
  }
  std::sort(seconds.begin(), seconds.end());
  json["runs"] = seconds.size();
  if (!seconds.empty()) {
    json["median_s"] = seconds[seconds.size() / 2];
    json["min_s"] = seconds.front();
    json["max_s"] = seconds.back();
    json["p99_s"] = seconds[std::min(seconds.size() - 1, seconds.size() * 99 / 100)];
  }
  return json;
}

/// An airplane that was touched by five fingers; its shape.
template <class Exec>
Json shape(Exec& exec, int runs) {
  const VaePrior prior = read_vae<SmallPlanesVae>(read_safetensors(priors + "planes.safetensors"));
  LatentVae<Exec, SmallPlanesVae> model(exec, prior.weights, prior.prior_sigma);
  const std::vector<Ray> rays = examples::grasp_rays(true);
  const Contact<2048> fingers(std::span<const Ray>(rays), examples::finger_radius);
  Random random({0, Stream::evaluation, 1}, 0);
  std::vector<float> object(3 * 2048);
  sample_airplane(random_airplane(random), random, object.data(), 2048);
  const examples::GraspPreset preset = examples::paper_grasp();
  Tuner tuner(exec, model, fingers, ContactMatch<>(find_contacts(fingers.fingers(), object.data(), 2048)),
              preset.options, Adam{.rate = preset.rate});
  return time_runs(exec, tuner, runs, [&] { model.reset(exec); });
}

/// A box of which a part was seen; the whole.
template <class Exec>
Json completion(Exec& exec, int runs) {
  const VaePrior prior = read_vae<SmallVae>(read_safetensors(priors + "boxes.safetensors"));
  LatentVae<Exec, SmallVae> model(exec, prior.weights, prior.prior_sigma);
  const std::vector<float> seen = read_cloud(priors + "observations/box.ply");
  const HalfSpaceCut<2048> cut{{{-0.255319148f, 0.959376156f, 0.120039366f}, 0.0444107018f}};
  Tuner tuner(exec, model, cut, CloudMatch<2048, typename Exec::Space>(exec, seen, {}),
              {.samples = 256, .quantile = 1.0 / 32, .rounds = 31, .steps_per_round = 128}, Adam{.rate = 1e-3});
  return time_runs(exec, tuner, runs, [&] { model.reset(exec); });
}

/// The Panda in a scene of the paper.
template <class Exec>
Json reach(Exec& exec, int runs, const std::string& name) {
  const ArmDescription panda = panda_arm();
  const auto prior = read_arm_prior<ArmNetwork<7>>(read_safetensors(priors + "panda.safetensors"), panda.chain);
  const auto weights = exec.upload(prior.weights);
  Autoregressive<Exec, ArmNetwork<7>> model(exec, weights.span(), prior.limits);
  const Scene scene = named_scene(name);
  const Vec<3, double> goal = named_goal(name);
  const auto condition = (scene.base.inverse() * goal).template as<float>();
  model.set_condition(exec, std::span<const float>(condition.v));
  const ReachPreset preset = paper_reach(is_cramped(name));
  Reach score;
  score.goal.pose.position = goal.template as<float>();
  Tuner tuner(exec, model, Arm<7, typename Exec::Space>(exec, panda, scene), score, preset.options,
              Adam{.rate = preset.rate});
  return time_runs(exec, tuner, runs, [&] { exec.copy(std::span<const float>(weights.span()), model.parameters()); });
}

/// Adds what a task came to. What goes wrong with one is its result; the others are still worth having.
template <class Task>
void add(Json& json, const char* name, const Task& task) {
  try {
    json[name] = task();
  } catch (const Error& error) {
    json[name] = {{"error", error.what()}};
  }
  std::fprintf(stderr, "%s: %s\n", name, json[name].dump().c_str());
}

/// The tasks with matrix products, which are all that a precision changes.
template <class Exec>
Json clouds(Exec& exec, int runs) {
  Json json;
  add(json, "shape", [&] { return shape(exec, runs); });
  add(json, "completion", [&] { return completion(exec, runs); });
  return json;
}

template <class Exec>
Json all(Exec& exec, int runs) {
  Json json = clouds(exec, runs);
  add(json, "cwall", [&] { return reach(exec, runs, "cwall"); });
  add(json, "box", [&] { return reach(exec, runs, "box"); });
  return json;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) fail("wanted: tunings RUNS FILE.json");
  const int runs = std::atoi(argv[1]);
  require(runs > 0, "wanted a number of runs above 0, got \"", argv[1], "\"");
  const auto start = std::chrono::steady_clock::now();
  Cuda device = cuda();
  const std::size_t used_before = used_memory();
  shape(device, 1);
  const double first_result = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  Cpu host = cpu({.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))});
  Json json{{"benchmark", "tunings"}, {"device", device.name()}};
  json["device_bytes_before"] = used_before;
  json["two_shapes_from_start_s"] = first_result;  // reading the prior and making the executor among it
  const auto save = [&] {
    AtomicFile file(argv[2]);
    file.write(json.dump(2) + "\n");
    file.commit();
  };
  json["on_device"] = all(device, runs);
  Cuda rounded = cuda({.precision = Precision::tf32});
  json["on_device_tf32"] = clouds(rounded, runs);
  save();  // the host takes longer
  json["host_threads"] = host.threads();
  json["on_host"] = all(host, 1);
  save();
  std::printf("%s\n", json.dump(2).c_str());
} catch (const std::exception& error) {
  std::fprintf(stderr, "tunings: %s\n", error.what());
  return 1;
}
