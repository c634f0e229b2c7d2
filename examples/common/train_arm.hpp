// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "common/training.hpp"
#include "mace/collision/exact_check.hpp"
#include "mace/core/host_copy.hpp"
#include "mace/cpu.hpp"
#include "mace/prior/arm_prior.hpp"
#include "mace/train/autoregressive_trainer.hpp"

namespace mace::examples {

/// Configurations of an arm, uniform within its limits as far as it does not collide with itself.
template <int Joints>
class FreeConfigurations {
 public:
  explicit FreeConfigurations(const ArmDescription& arm)
      : limits_(joint_limits<Joints>(arm.chain)), check_(arm, Scene{}) {}

  bool is_free(const Vec<Joints>& q) const {
    std::array<double, Joints> numbers;
    std::copy_n(q.v, Joints, numbers.begin());
    return check_.is_free(numbers);
  }

  /// Errors: the arm meets itself nearly everywhere.
  Vec<Joints> draw(Random random) const {
    for (int tries = 0; tries < 10000; ++tries) {
      Vec<Joints> q;
      for (int j = 0; j < Joints; ++j)
        q[j] = std::min(random.uniform(limits_.low[j], limits_.high[j]), limits_.high[j]);
      if (is_free(q)) return q;
    }
    fail("wanted an arm that does not always collide with itself, got none of 10000 configurations free");
  }

 private:
  JointLimits<Joints> limits_;
  ExactCheck check_;
};

/// How good a prior is, on held-out configurations.
struct ArmQuality {
  double distance = 0;   ///< mean distance of a sample's tip to where it was asked for, meters
  double colliding = 0;  ///< share of the samples that collide with themselves
};

/// A model of an arm's joints given its tip's position, on configurations that are drawn as they are needed.
template <int Joints, class Exec>
class ArmTraining final : public Training {
  using Shape = ArmNetwork<Joints>;
  using Sample = Vec<Joints>;
  static constexpr Index batch = 256, rows = 3 + Joints;
  static constexpr int held_out_batches = 16, goals = 250, samples_each = 64;

 public:
  /// `exec` trains, `host` draws the configurations and judges.
  ArmTraining(Exec& exec, Cpu& host, const std::string& robot, const ArmDescription& arm,
              const TrainingSettings& settings)
      : robot_(robot),
        chain_(arm.chain),
        arm_(arm.chain.chain<Joints>()),
        free_(arm),
        settings_(settings),
        exec_(exec),
        host_(host),
        trainer_(exec, joint_limits<Joints>(arm.chain), {.batch = batch, .rate = 2e-3}),
        drawn_(rows * batch),
        columns_(exec.template allocate<float>(rows * batch)) {}

  std::map<std::string, std::string> identity() const override {
    return {
        {"task", "arm"},          {"network", mace::detail::network_text<Shape>()}, {"robot", robot_},
        {"tip", chain_.tip_name}, {"seed", std::to_string(settings_.seed)},         {"batch", std::to_string(batch)}};
  }
  std::int64_t steps() const override { return trainer_.steps(); }
  std::vector<std::string> losses() const override { return {"loss"}; }

  /// The loss is the mean of -log p, nats.
  std::vector<double> step(double done) override {
    return {-trainer_.step(drawn({settings_.seed, Stream::data, static_cast<std::uint32_t>(steps())}), done)};
  }

  Safetensors checkpoint() const override { return trainer_.checkpoint(); }
  void resume(const Safetensors& file) override { trainer_.resume(file); }

  void finish(double minutes) override {
    ArmPrior<Shape> prior{copy_to_host(exec_, trainer_.parameters()), joint_limits<Joints>(chain_), identity()};
    double loss = 0;
    for (std::uint32_t b = 0; b < held_out_batches; ++b)
      loss -= trainer_.log_likelihood(drawn({settings_.seed, Stream::evaluation, b})) / held_out_batches;
    // Sampled as it will be read.
    for (float& weight : prior.weights) weight = half_to_float(float_to_half(weight));
    const ArmQuality q = quality(prior);
    prior.about["steps"] = std::to_string(steps());
    prior.about["loss"] = mace::detail::number_text(loss);
    prior.about["mean_distance_m"] = mace::detail::number_text(q.distance);
    prior.about["self_collision_share"] = mace::detail::number_text(q.colliding);
    write_safetensors(settings_.out, arm_file(prior, chain_), Dtype::F16);
    std::printf(
        "%s: %lld steps in %.1f minutes\n"
        "on held-out configurations: loss %.3f nats; %d samples for each of %d places of the tip: %.2f cm from it on\n"
        "average, %.2f %% in collision with themselves\n",
        settings_.out.c_str(), static_cast<long long>(steps()), minutes, loss, samples_each, goals, 100 * q.distance,
        100 * q.colliding);
  }

 private:
  /// A batch of conditions and configurations, [condition; q] by columns.
  MatrixView<const float> drawn(const RandomKey& key) {
    const MatrixView<float> columns = drawn_.matrix(rows, batch);
    host_.for_each_sample(batch, [&](Index i) {
      const Sample q = free_.draw(Random(key, static_cast<std::uint32_t>(i)));
      const Vec<3> tip = arm_.position(q);
      for (int d = 0; d < 3; ++d) columns(d, i) = tip[d];
      for (int j = 0; j < Joints; ++j) columns(3 + j, i) = q[j];
    });
    exec_.copy(std::span<const float>(drawn_.span()), columns_.span());
    return columns_.matrix(rows, batch);
  }

  ArmQuality quality(const ArmPrior<Shape>& prior) {
    Autoregressive<Cpu, Shape> model(host_, prior.weights, prior.limits);
    std::vector<Sample> samples(samples_each);
    ArmQuality q;
    const double share = 1.0 / (goals * samples_each);
    for (std::uint32_t i = 0; i < goals; ++i) {
      const Sample truth = free_.draw(Random({settings_.seed, Stream::evaluation, held_out_batches}, i));
      const Vec<3> goal = arm_.position(truth);
      model.set_condition(host_, std::span<const float>(goal.v));
      model.sample(host_, {settings_.seed, Stream::evaluation, held_out_batches + 1 + i}, samples);
      for (const Sample& sample : samples) {
        const Vec<3> miss = arm_.position(sample) - goal;
        q.distance += share * std::sqrt(static_cast<double>(dot(miss, miss)));
        q.colliding += free_.is_free(sample) ? 0 : share;
      }
    }
    return q;
  }

  std::string robot_;
  ChainDescription chain_;
  SerialChain<Joints> arm_;
  FreeConfigurations<Joints> free_;
  TrainingSettings settings_;
  Exec& exec_;
  Cpu& host_;
  AutoregressiveTrainer<Exec, Shape> trainer_;
  Buffer<float> drawn_;
  Buffer<float, typename Exec::Space> columns_;
};

}  // namespace mace::examples
