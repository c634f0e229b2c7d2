// SPDX-License-Identifier: Apache-2.0
// Random configurations of the Panda, judged by several collision checks: Bullet against ours on the same hulls, and
// fitted shapes against the exact hulls of a URDF. `collision_sweep --configurations 1000000 --urdf panda.urdf`
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/command_line.hpp"
#include "common/program.hpp"
#include "mace/collision/exact_check.hpp"
#include "mace/cpu.hpp"
#include "mace/robot/named_scenes.hpp"
#include "mace/robot/panda_arm.hpp"
#include "mace/simulate/arm.hpp"
#include "mace/simulate/bullet.hpp"
#include "paper/panda_hulls.hpp"

using namespace mace;
using examples::Json;

namespace {

/// Distances below which two checks may differ, meters.
constexpr double tolerance = 1e-4;
constexpr Index block = 4096;

struct Settings {
  std::string urdf, json;
  Index configurations = 1'000'000;
  std::uint64_t seed = 0;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
};

/// A scene with what the paper's have not: spheres and capsules.
Scene round_scene() {
  Scene scene = named_scene("cwall");
  scene.boxes.clear();
  scene.spheres = {
      {{{0, 0.3, 0.4}, 0.15}}, {{{-0.3, -0.4, 0.7}, 0.1}}, {{{-0.9, 0.3, 0.9}, 0.02}}, {{{-0.2, 0, 0.2}, 0.2}}};
  scene.capsules = {{{{-0.2, 0.5, 0}, {-0.2, 0.5, 1}, 0.05}},
                    {{{-0.7, -0.6, 0.9}, {0.3, -0.6, 0.2}, 0.02}},
                    {{{-1.1, -0.2, 0.3}, {-1.0, 0.3, 0.8}, 0.1}}};
  return scene;
}

/// What one check says about each configuration of a block: its signed distance, or plus or minus one.
using Ask = std::function<void(Cpu&, std::span<const Vec<7>>, std::span<ArmOutcome<float>>)>;

struct Judge {
  std::string name;
  Ask ask;
  std::vector<ArmOutcome<float>> says = std::vector<ArmOutcome<float>>(block);
  double seconds = 0;  // of all processors together

  void judge(Cpu& exec, std::span<const Vec<7>> samples) {
    const std::clock_t start = std::clock();
    ask(exec, samples, says);
    seconds += static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  }
};

/// What asks the one of these checks that is for the current scene: a batch simulator, or the certificate.
template <class Check>
Ask ask_of(std::vector<Check> made, const std::size_t& scene) {
  return
      [checks = std::make_shared<std::vector<Check>>(std::move(made)), &scene](Cpu& exec, auto samples, auto outcomes) {
        Check& check = (*checks)[scene];
        if constexpr (std::same_as<Check, ExactCheck>)
          exec.for_each_sample(static_cast<Index>(samples.size()), [&](Index i) {
            const auto at = static_cast<std::size_t>(i);
            outcomes[at].clearance = check.is_free(samples[at].template as<double>().v) ? 1.0f : -1.0f;
          });
        else
          simulate(exec, check, samples, outcomes);
      };
}

/// How one check compares with another one, which is taken for the truth.
struct Comparison {
  const Judge &truth, &tried;
  /// True if both judge the same shapes.
  bool same_shapes;
  Index free = 0, collisions = 0, missed = 0, needless = 0;
  /// The largest distance at which they disagree.
  double largest = 0;

  void count(Index samples) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(samples); ++i) {
      const double distance = truth.says[i].clearance;
      const bool is_free = distance >= 0, said_free = tried.says[i].clearance >= 0;
      if (is_free != said_free) largest = std::max(largest, std::abs(distance));
      if (std::abs(distance) < tolerance) continue;
      ++(is_free ? free : collisions);
      missed += !is_free && said_free ? 1 : 0;
      needless += is_free && !said_free ? 1 : 0;
    }
  }
  bool holds() const { return missed == 0 && (!same_shapes || needless == 0); }
  Json json() const {
    return {{"truth", truth.name},
            {"tried", tried.name},
            {"free", free},
            {"collisions", collisions},
            {"missed", missed},
            {"needless", needless},
            {"needless_share_of_free", static_cast<double>(needless) / static_cast<double>(std::max<Index>(1, free))},
            {"largest_distance_of_a_disagreement_m", largest}};
  }
};

class Sweep {
 public:
  explicit Sweep(const Settings& s) : settings_(s), exec_({.seed = s.seed, .threads = s.threads}) {
    for (const auto name : scene_names) scenes_.push_back(named_scene(name));
    scenes_.push_back(round_scene());
    const ArmDescription& built_in = panda_arm();
    const Judge& bullet = add<BulletArm<7>>("Bullet, built-in polytopes", built_in);
    const Judge& polytopes = add<ExactCheck>("ours, built-in polytopes", built_in);
    comparisons_.push_back({bullet, polytopes, true});
    if (s.urdf.empty()) return;
    const ArmDescription hulls = benchmarks::panda_hulls(s.urdf);
    const Judge& truth = add<BulletArm<7>>("Bullet, exact hulls", hulls);
    comparisons_.push_back({truth, add<ExactCheck>("ours, exact hulls", hulls), true});
    comparisons_.push_back({truth, polytopes, false});
    comparisons_.push_back({truth, add<Arm<7>>("ours, built-in capsules", built_in), false});
    comparisons_.push_back({truth, add<Arm<7>>("ours, capsules of the URDF", hulls), false});
  }

  void run() {
    const SerialChain<7> chain = panda_chain<float>();
    std::vector<Vec<7>> samples(block);
    for (Index first = 0; first < settings_.configurations; first += block) {
      for (Index i = 0; i < block; ++i) {
        Random random({settings_.seed, Stream::evaluation}, static_cast<std::uint32_t>(first + i));
        for (int j = 0; j < 7; ++j)
          samples[static_cast<std::size_t>(i)][j] = random.uniform(chain.joint[j].lower, chain.joint[j].upper);
      }
      scene_ = static_cast<std::size_t>(first / block) % scenes_.size();
      for (Judge& judge : judges_) judge.judge(exec_, samples);
      const Index count = std::min(block, settings_.configurations - first);
      for (Comparison& comparison : comparisons_) comparison.count(count);
      std::fprintf(stderr, "\r%td of %td", first + count, settings_.configurations);
    }
    std::fputc('\n', stderr);
  }

  bool holds() const {
    return std::all_of(comparisons_.begin(), comparisons_.end(), [](const Comparison& c) { return c.holds(); });
  }

  /// Prints and returns the results.
  Json report() const {
    Json json{{"benchmark", "collision_sweep"},
              {"configurations", settings_.configurations},
              {"seed", settings_.seed},
              {"threads", settings_.threads},
              {"tolerance_m", tolerance}};
    for (const Judge& judge : judges_) {
      const double each = 1e6 * judge.seconds / static_cast<double>(settings_.configurations);
      std::printf("%-30s %8.2f us of a processor\n", judge.name.c_str(), each);
      json["processor_microseconds"][judge.name] = each;
    }
    for (const Comparison& c : comparisons_) {
      std::printf("%s, taken for true: %td free, %td in collision; %s: missed %td, needless %td\n",
                  c.truth.name.c_str(), c.free, c.collisions, c.tried.name.c_str(), c.missed, c.needless);
      json["comparisons"].push_back(c.json());
    }
    return json;
  }

 private:
  /// A check of its own for each scene.
  template <class Check>
  const Judge& add(const std::string& name, const ArmDescription& arm) {
    std::vector<Check> checks;
    for (const Scene& scene : scenes_) {
      if constexpr (std::constructible_from<Check, Cpu&, const ArmDescription&, const Scene&>)
        checks.emplace_back(exec_, arm, scene);
      else
        checks.emplace_back(arm, scene);
    }
    judges_.push_back({name, ask_of(std::move(checks), scene_)});
    return judges_.back();
  }

  const Settings settings_;
  Cpu exec_;
  std::vector<Scene> scenes_;
  std::size_t scene_ = 0;
  std::deque<Judge> judges_;  // their addresses stay
  std::vector<Comparison> comparisons_;
};

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  CLI::App app("The Panda's collisions, by several checks.", "collision_sweep");
  app.add_option("--configurations", s.configurations, "how many, uniformly within the limits")
      ->check(CLI::Range(Index{1}, Index{4'000'000'000}))
      ->capture_default_str();
  app.add_option("--urdf", s.urdf, "the Panda's description with its meshes: what is exact");
  app.add_option("--seed", s.seed, "of the configurations")->capture_default_str();
  app.add_option("--threads", s.threads, "of the CPU")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--json", s.json, "a file for the results");
  return examples::run_program(app, argc, argv, [&] {
    if (!s.json.empty()) examples::require_writable(s.json);
    Sweep sweep(s);
    sweep.run();
    const Json json = sweep.report();
    if (!s.json.empty()) examples::write_json(s.json, json);
    require(sweep.holds(), "wanted checks that agree on the same hulls, and fitted shapes that miss no collision");
  });
}
