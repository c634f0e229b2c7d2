// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "common/arm_reach.hpp"
#include "mace/ik/presets.hpp"
#include "mace/robot/named_scenes.hpp"
#include "mace/robot/panda_arm.hpp"
#include "mace/simulate/bullet.hpp"
#include "paper/reach_goals.hpp"
#include "paper/series.hpp"

/// Tuning an arm's prior to reach around obstacles (paper, Table 1), over several goals.
namespace mace::benchmarks {

/// A way to tune, by name; no rounds: the prior as it is.
struct ReachMethod {
  std::string name;
  TunerOptions options;
  double rate = 0;
  bool importance = false;
  Reach score = {};  ///< how what is in the way is graded, and how sharp the goal is
  bool posterior = false, flat_prior = false;
};

/// A method with the numbers of a preset.
inline ReachMethod with_preset(std::string name, const ReachPreset& preset, bool importance = false) {
  return {std::move(name),
          preset.options,
          preset.rate,
          importance,
          {.meters_per_penetration = static_cast<float>(preset.meters_per_penetration),
           .margin = static_cast<float>(preset.margin),
           .width = static_cast<float>(preset.width)}};
}

/// Samples of the posterior, with our numbers.
inline ReachMethod posterior_method() {
  ReachMethod method = with_preset("posterior", posterior_reach(false));
  method.posterior = true;
  return method;
}

/// The same where the network only proposes, and the prior is uniform within the joints' limits.
inline ReachMethod flat_posterior_method() {
  ReachMethod method = with_preset("posterior, flat prior", posterior_reach(true));
  method.posterior = method.flat_prior = true;
  return method;
}

/// A scene at its own goal: the prior, the paper's numbers, ours, and, where the goal can be reached, the posterior.
inline std::vector<ReachMethod> scene_methods(const std::string& scene) {
  ReachPreset untuned = paper_reach(is_cramped(scene));
  untuned.options.rounds = 0;
  std::vector<ReachMethod> methods{with_preset("prior", untuned), with_preset("mace", paper_reach(is_cramped(scene))),
                                   with_preset("quick", quick_reach(is_cramped(scene)))};
  if (scene != "wall") methods.push_back(posterior_method());
  return methods;
}

/// The methods of Table 1, behind cwall: also importance sampling, and `one_elite`, which fits to the best sample of a
/// round alone, as the code that came with the paper does; both with the paper's numbers.
inline std::vector<ReachMethod> table1_methods() {
  const ReachPreset paper = paper_reach(is_cramped("cwall"));
  std::vector<ReachMethod> methods = scene_methods("cwall");
  methods.push_back(with_preset("is", paper, true));
  methods.push_back(with_preset("one_elite", paper));
  methods.back().options.quantile = 1.0 / static_cast<double>(paper.options.samples);
  return methods;
}

/// What a method came to, a value a goal in each series.
struct ReachRow {
  explicit ReachRow(ReachMethod of) : method(std::move(of)) {}

  ReachMethod method;
  Series score, success, distance, median_distance, best_free, modes, spread, effective_samples, power, seconds;

  /// The samples have weights, and an effective number.
  bool weighted() const { return method.importance || method.posterior; }

  Json json() const {
    Json out{{"samples", method.options.samples},
             {"quantile", method.importance || method.posterior ? 1.0 : method.options.quantile},
             {"rounds", method.options.rounds},
             {"steps_per_round", method.options.steps_per_round},
             {"rate", method.rate},
             {"meters_per_penetration", method.score.meters_per_penetration},
             {"margin_m", method.score.margin},
             {"width_m", method.score.width},
             {"score", score.json()},
             {"success", success.json()},
             {"distance_m", {{"mean", distance.mean()}, {"median", median_distance.mean()}}},
             {"modes", modes.json()},
             {"joint_spread", spread.json()},
             {"seconds", seconds.json()}};
    if (!best_free.values.empty()) out["distance_m"]["best_free"] = best_free.mean();
    if (weighted()) out["effective_samples"] = effective_samples.json();
    if (method.posterior) out["power"] = power.json();
    return out;
  }
  void print() const {
    std::printf("| %s | %.3f ± %.3f | %.3f ± %.3f | %.1f | %.1f | %.1f | %.2f | ", method.name.c_str(), score.mean(),
                score.deviation(), success.mean(), success.deviation(), 1e3 * distance.mean(),
                1e3 * median_distance.mean(), modes.mean(), spread.mean());
    if (weighted()) std::printf("%.0f ", effective_samples.mean());
    if (power.mean() < 1) std::printf("(tempered, power %.2g) ", power.mean());
    std::printf("| %.2f |\n", seconds.mean());
    std::fflush(stdout);
  }
  static void print_header() {
    std::printf(
        "| samples of | score | not in collision | distance, mean (mm) | median (mm) | modes | spread of a joint (rad) "
        "| effective samples | seconds |\n|---|---|---|---|---|---|---|---|---|\n");
  }
};

/// The referee: Bullet, on the hulls of `judge`. The arm that is tuned and the one that judges may differ: the built-in
/// Panda is somewhat larger than the hulls of its description.
struct ReachSetting {
  ArmDescription judge;
  ArmPrior<ArmNetwork<7>> prior;
  int threads;
  Index judged = 1000;
};

/// Samples by a method, and what they took.
struct ReachDraw {
  std::vector<Vec<7>> q;
  double seconds = 0, power = 1;
  double effective_samples = 0;  ///< importance sampling: of a round, in the mean
};

/// Errors: of a posterior, nothing was feasible.
inline ReachDraw draw_by(const ReachMethod& method, Cpu& exec, examples::ArmReach<7>& task, Index count) {
  if (method.options.rounds == 0) return {.q = task.draw(count, examples::ReachRound::judged)};
  ReachDraw draw;
  if (method.posterior) {
    auto posterior = task.posterior(posterior_options(method.options, method.flat_prior), method.rate, method.score);
    const PosteriorReport report = posterior.run();
    draw.q.resize(static_cast<std::size_t>(count));
    posterior.resample({exec.seed(), Stream::evaluation, examples::ReachRound::judged}, draw.q);
    draw.seconds = report.seconds.total;
    draw.power = report.power;
    draw.effective_samples = report.effective_samples;
  } else {
    auto tuner = task.tuner(method.options, method.rate, method.importance, method.score);
    const Report report = tuner.run();
    draw.q = task.draw(count, examples::ReachRound::judged);
    draw.seconds = report.seconds.total;
    for (const RoundRecord& round : report.history)
      draw.effective_samples += round.effective_samples / static_cast<double>(report.history.size());
  }
  return draw;
}

/// Works towards one goal and adds what 1000 samples of the result are like. Each goal has random numbers of its own.
inline void add_goal(ReachRow& row, const ReachSetting& setting, const Scene& scene, const Vec<3, double>& at,
                     std::uint64_t seed) {
  Cpu exec({.seed = seed, .threads = setting.threads});
  examples::ArmReach<7> task(exec, panda_arm(), scene, {.pose = {.position = at}}, setting.prior);
  const BulletArm<7> referee(setting.judge, scene);
  const ReachDraw draw = draw_by(row.method, exec, task, setting.judged);
  const examples::JudgedSamples seen = task.judge(draw.q, referee);
  row.seconds.values.push_back(draw.seconds);
  row.power.values.push_back(draw.power);
  row.effective_samples.values.push_back(draw.effective_samples);
  row.score.values.push_back(seen.score);
  row.success.values.push_back(seen.success);
  row.distance.values.push_back(seen.mean_distance());
  row.median_distance.values.push_back(seen.median_distance());
  if (const auto best = seen.best_free()) row.best_free.values.push_back(*best);
  row.modes.values.push_back(static_cast<double>(seen.modes));
  row.spread.values.push_back(seen.joint_spread);
}

}  // namespace mace::benchmarks
