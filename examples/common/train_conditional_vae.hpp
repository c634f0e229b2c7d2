// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "common/training.hpp"
#include "conditional_vae/prior.hpp"
#include "conditional_vae/trainer.hpp"
#include "mace/core/host_copy.hpp"
#include "mace/cpu.hpp"

/// What the programs that train a conditional VAE of clouds share.
namespace mace::examples {

/// Fills a cloud with the points of one shape, and the Shape::features numbers that it is to be drawn by.
template <class Shape>
using ConditionedGenerator = std::function<void(Random& random, typename Shape::Sample& cloud, float* condition)>;

/// A conditional VAE on shapes that are drawn as they are needed; in the end it is judged on held-out ones.
template <class Shape, class Exec>
class ConditionalVaeTraining final : public Training {
  using Sample = typename Shape::Sample;

 public:
  /// `exec` trains, `host` draws the shapes. `identity` is what the file and the checkpoints note about the training:
  /// "task", "network", and what the condition is made of.
  ConditionalVaeTraining(Exec& exec, Cpu& host, std::map<std::string, std::string> identity,
                         const TrainingSettings& settings, const VaeTrainingOptions& options,
                         const VaeSchedule& schedule, ConditionedGenerator<Shape> generate)
      : identity_(std::move(identity)),
        settings_(settings),
        options_(options),
        generate_(std::move(generate)),
        exec_(exec),
        host_(host),
        trainer_(exec, options, schedule),
        drawn_(options.batch),
        drawn_conditions_(Shape::features * options.batch),
        clouds_(exec.template allocate<Sample>(options.batch)),
        conditions_(exec.template allocate<float>(Shape::features * options.batch)) {
    identity_["seed"] = std::to_string(settings.seed);
    identity_["batch"] = std::to_string(options.batch);
  }

  std::map<std::string, std::string> identity() const override { return identity_; }
  std::int64_t steps() const override { return trainer_.steps(); }
  std::vector<std::string> losses() const override { return {"reconstruction", "divergence"}; }

  std::vector<double> step(double done) override {
    draw(Stream::data, static_cast<std::uint32_t>(trainer_.steps()));
    const VaeLoss loss = trainer_.step(clouds(), conditions(), done);
    return {loss.reconstruction, loss.divergence};
  }

  Safetensors checkpoint() const override { return trainer_.checkpoint(); }
  void resume(const Safetensors& file) override { trainer_.resume(file); }

  void finish(double minutes) override {
    ConditionalVaePrior prior{copy_to_host(exec_, trainer_.parameters()), identity_};
    prior.about["steps"] = std::to_string(trainer_.steps());
    prior.about["beta_reconstruction"] = mace::detail::number_text(options_.reconstruction);
    prior.about["beta_divergence"] = mace::detail::number_text(options_.divergence);
    write_safetensors(settings_.out, conditional_vae_file<Shape>(prior), Dtype::F16);
    constexpr std::uint32_t batches = 4;
    VaeLoss mean;
    for (std::uint32_t i = 0; i < batches; ++i) {
      draw(Stream::evaluation, i);
      const VaeLoss loss = trainer_.loss(clouds(), conditions(), {settings_.seed, Stream::evaluation, batches + i});
      mean.reconstruction += loss.reconstruction / batches, mean.divergence += loss.divergence / batches;
    }
    std::printf("%s: %lld steps in %.1f minutes\non %lld held-out shapes: reconstruction %.3f, divergence %.3f nats\n",
                settings_.out.c_str(), static_cast<long long>(trainer_.steps()), minutes,
                static_cast<long long>(batches * options_.batch), mean.reconstruction, mean.divergence);
  }

 private:
  /// Fills the batch with the shapes of that number in a stream.
  void draw(Stream stream, std::uint32_t number) {
    host_.for_each_sample(options_.batch, [&](Index b) {
      Random random({settings_.seed, stream, number}, static_cast<std::uint32_t>(b));
      generate_(random, drawn_.data()[b], drawn_conditions_.data() + Shape::features * b);
    });
    exec_.copy(std::span<const Sample>(drawn_.span()), clouds_.span());
    exec_.copy(std::span<const float>(drawn_conditions_.span()), conditions_.span());
  }
  MatrixView<const float> clouds() const { return as_columns(clouds_.span()); }
  MatrixView<const float> conditions() const { return {conditions_.data(), Shape::features, options_.batch}; }

  std::map<std::string, std::string> identity_;
  TrainingSettings settings_;
  VaeTrainingOptions options_;
  ConditionedGenerator<Shape> generate_;
  Exec& exec_;
  Cpu& host_;
  ConditionalVaeTrainer<Exec, Shape> trainer_;
  Buffer<Sample> drawn_;
  Buffer<float> drawn_conditions_;
  Buffer<Sample, typename Exec::Space> clouds_;
  Buffer<float, typename Exec::Space> conditions_;
};

}  // namespace mace::examples
