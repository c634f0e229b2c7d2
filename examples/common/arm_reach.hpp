// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/csv.hpp"
#include "mace/collision/arm.hpp"
#include "mace/collision/exact_check.hpp"
#include "mace/collision/scene.hpp"
#include "mace/core/host_copy.hpp"
#include "mace/cpu.hpp"
#include "mace/ik/certified_arm_cpu.hpp"
#include "mace/kinematics/goal.hpp"
#include "mace/metrics/modes.hpp"
#include "mace/posterior/posterior.hpp"
#include "mace/prior/arm_prior.hpp"
#include "mace/score/reach.hpp"
#include "mace/select/importance.hpp"
#include "mace/select/quantile_or_importance.hpp"
#include "mace/simulate/arm.hpp"
#include "mace/simulate/arm_cpu.hpp"

/// The reaching task (paper, 4.2): the posterior is over configurations of an arm whose tip is at a goal and that are
/// free of collision.
namespace mace::examples {

/// The rounds of Stream::evaluation, so that no two things that are drawn from one seed share random numbers.
struct ReachRound {
  static constexpr std::uint32_t judged = 1;    ///< samples that are reported
  static constexpr std::uint32_t keyframe = 2;  ///< of what is sampled, on the way to a posterior
  static constexpr std::uint32_t starts = 10;   ///< starts of the exact search, and all from there on
};

/// Samples of a model, judged by the exact check.
struct JudgedSamples {
  std::vector<std::vector<double>> q;  ///< an entry a joint
  std::vector<double> distance;        ///< of each tip to the goal's position, meters
  double turn = 0;                     ///< mean, from the goal's orientation (Goal::turn), radians
  std::vector<char> free;
  std::vector<double> scores;  ///< 0 in collision, else exp(-miss) (paper, 4.2)
  double score = 0;            ///< their mean
  double success = 0;          ///< share not in collision
  double joint_spread = 0;     ///< mean over the joints of the standard deviation, radians
  Index modes = 0;             ///< of the free ones

  double mean_distance() const {
    return std::accumulate(distance.begin(), distance.end(), 0.0) / static_cast<double>(distance.size());
  }
  double median_distance() const {
    std::vector<double> sorted = distance;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    return *middle;
  }
  /// Of the free one that is nearest to the goal.
  std::optional<double> best_free() const {
    std::optional<double> best;
    for (std::size_t i = 0; i < q.size(); ++i)
      if (free[i] != 0 && (!best || distance[i] < *best)) best = distance[i];
    return best;
  }
};

/// A configuration as numbers for files and pictures.
template <int Joints>
std::vector<double> numbers(const Vec<Joints, double>& q) {
  return {q.v, q.v + Joints};
}

/// A header of joint names, then a configuration a row, in full precision.
inline void write_csv(const std::filesystem::path& path, const ChainDescription& chain,
                      const std::vector<std::vector<double>>& rows) {
  std::vector<std::string> names;
  for (const auto& joint : chain.joints) names.push_back(joint.name);
  write_csv(path, names, rows, 17);
}

/// A tunable prior over an arm's configurations in a scene, with a goal.
template <int Joints, class Exec = Cpu>
class ArmReach {
 public:
  using Shape = ArmNetwork<Joints>;
  using Model = Autoregressive<Exec, Shape>;

  /// The goal is in the world; `host` judges. Errors: what the check and the simulator refuse.
  ArmReach(Exec& exec, Cpu& host, const ArmDescription& arm, const Scene& scene, const Goal<double>& goal,
           const ArmPrior<Shape>& prior)
      : exec_(exec),
        host_(host),
        chain_(arm.chain.chain<Joints, double>()),
        base_(scene.base),
        goal_(goal),
        condition_((scene.base.inverse() * goal.pose.position).template as<float>()),
        arm_(arm),
        scene_(scene),
        check_(arm, scene),
        prior_(prior),
        model_(fresh_model()) {}

  ArmReach(Cpu& exec, const ArmDescription& arm, const Scene& scene, const Goal<double>& goal,
           const ArmPrior<Shape>& prior)
      : ArmReach(exec, exec, arm, scene, goal, prior) {}

  /// What tunes the model: by its elites, or by importance sampling (Eq. 2), where every sample counts. `score` says
  /// how what is in the way is graded; its goal is the task's.
  auto tuner(TunerOptions options, double rate, bool importance, Reach score = {}) {
    score.goal = goal_.as<float>();
    if (importance) options.quantile = 1;
    QuantileOrImportance<Exec, Model> select;
    if (importance) {
      Model prior = fresh_model();
      select.importance.emplace(exec_, prior);
    }
    return Tuner(exec_, model_, Arm<Joints, typename Exec::Space>(exec_, arm_, scene_), score, options,
                 Adam{.rate = rate}, std::move(select));
  }

  /// What samples the posterior instead, for a score of some width; the hulls decide what is free.
  auto posterior(const PosteriorOptions& options, double rate, Reach score) {
    score.goal = goal_.as<float>();
    return Posterior(exec_, model_, CertifiedArm<Joints>{{exec_, arm_, scene_}, &check_}, score, options,
                     Adam{.rate = rate});
  }

  /// Draws from the model as it is now.
  std::vector<Vec<Joints>> draw(Index count, std::uint32_t round) {
    const auto q = exec_.template allocate<Vec<Joints>>(count);
    model_.sample(exec_, {exec_.seed(), Stream::evaluation, round}, q.span());
    return copy_to_host(exec_, std::span<const Vec<Joints>>(q.span()));
  }

  /// log p(q) under the model as it is now.
  std::vector<float> log_densities(std::span<const Vec<Joints>> q) {
    const auto at = exec_.upload(q);
    const auto log_densities = exec_.template allocate<float>(at.size());
    model_.log_density(exec_, at.span(), log_densities.span());
    return copy_to_host(exec_, std::span<const float>(log_densities.span()));
  }

  /// Draws and judges, by the exact check or by another one.
  JudgedSamples judge(Index count) { return judge(count, check_); }
  template <class Check>
  JudgedSamples judge(Index count, const Check& check) {
    return judge(draw(count, ReachRound::judged), check);
  }
  template <class Check>
  JudgedSamples judge(const std::vector<Vec<Joints>>& drawn, const Check& check) const {
    const auto n = drawn.size();
    std::vector<double> turns(n);
    JudgedSamples judged;
    judged.q.resize(n);
    judged.distance.resize(n);
    judged.free.resize(n);
    judged.scores.resize(n);
    host_.for_each_sample(static_cast<Index>(n), [&](Index sample) {
      const auto i = static_cast<std::size_t>(sample);
      const auto q = drawn[i].template as<double>();
      const Pose<double> tip = base_ * chain_.pose(q);
      judged.q[i] = numbers(q);
      judged.free[i] = check.is_free(std::span<const double>(q.v)) ? 1 : 0;
      judged.distance[i] = goal_.distance(tip);
      turns[i] = goal_.turn(tip);
      judged.scores[i] = judged.free[i] != 0 ? std::exp(-goal_.pose_error(tip)) : 0.0;
    });
    std::vector<Vec<Joints>> free;
    for (std::size_t i = 0; i < n; ++i) {
      judged.score += judged.scores[i] / static_cast<double>(n);
      judged.turn += turns[i] / static_cast<double>(n);
      if (judged.free[i] != 0) free.push_back(drawn[i]);
    }
    judged.success = static_cast<double>(free.size()) / static_cast<double>(n);
    judged.joint_spread = spread(drawn);
    judged.modes = count_modes(std::span<const Vec<Joints>>(free));
    return judged;
  }

  const ExactCheck& check() const { return check_; }
  const SerialChain<Joints, double>& chain() const { return chain_; }
  /// The goal in the frame of the chain's base.
  BaseGoal<double> goal_in_base() const { return goal_.in_base(base_); }

 private:
  Model fresh_model() {
    Model model(exec_, prior_.weights, prior_.limits);
    model.set_condition(exec_, condition_.v);
    return model;
  }

  static double spread(const std::vector<Vec<Joints>>& samples) {
    const auto n = static_cast<double>(samples.size());
    double sum = 0;
    for (int j = 0; j < Joints; ++j) {
      double mean = 0, square = 0;
      for (const auto& q : samples) mean += static_cast<double>(q[j]) / n;
      for (const auto& q : samples) square += (static_cast<double>(q[j]) - mean) * (static_cast<double>(q[j]) - mean);
      sum += std::sqrt(square / n);
    }
    return sum / Joints;
  }

  Exec& exec_;
  Cpu& host_;
  SerialChain<Joints, double> chain_;
  Pose<double> base_;
  Goal<double> goal_;
  Vec<3> condition_;
  ArmDescription arm_;
  Scene scene_;
  ExactCheck check_;
  ArmPrior<Shape> prior_;
  Model model_;
};

}  // namespace mace::examples
