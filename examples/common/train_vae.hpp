// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <functional>
#include <map>
#include <string>

#include "common/training.hpp"
#include "mace/core/host_copy.hpp"
#include "mace/cpu.hpp"
#include "mace/metrics/vae_quality_cpu.hpp"
#include "mace/prior/vae_prior.hpp"
#include "mace/train/vae_trainer.hpp"

/// What the programs that train a VAE of clouds share.
namespace mace::examples {

/// A task's shapes: fills a cloud with the points of one shape, which the first number stream draws, by the second.
template <class Shape>
using ShapeGenerator = std::function<void(Random& shape, Random& points, typename Shape::Sample& cloud)>;

/// A VAE on shapes that are drawn as they are needed; in the end it is judged on 200 that it was not fitted to, which
/// the same generator draws, or `held_out`.
template <class Shape, class Exec>
class VaeTraining final : public Training {
  using Sample = typename Shape::Sample;

 public:
  /// `exec` trains, `host` draws the shapes and judges. `identity` is what the file and the checkpoints note about the
  /// training: "task", "network", and what the shapes are.
  VaeTraining(Exec& exec, Cpu& host, std::map<std::string, std::string> identity, const TrainingSettings& settings,
              const VaeTrainingOptions& options, const VaeSchedule& schedule, ShapeGenerator<Shape> generate,
              ShapeGenerator<Shape> held_out = {})
      : identity_(std::move(identity)),
        settings_(settings),
        options_(options),
        generate_(std::move(generate)),
        held_out_(std::move(held_out)),
        exec_(exec),
        host_(host),
        trainer_(exec, options, schedule),
        drawn_(options.batch),
        clouds_(exec.template allocate<Sample>(options.batch)) {
    identity_["seed"] = std::to_string(settings.seed);
    identity_["batch"] = std::to_string(options.batch);
  }

  std::map<std::string, std::string> identity() const override { return identity_; }
  std::int64_t steps() const override { return trainer_.steps(); }
  std::vector<std::string> losses() const override { return {"reconstruction", "divergence"}; }

  std::vector<double> step(double done) override {
    const auto number = static_cast<std::uint32_t>(trainer_.steps());
    host_.for_each_sample(options_.batch, [&](Index b) {
      Random random({settings_.seed, Stream::data, number}, static_cast<std::uint32_t>(b));
      generate_(random, random, drawn_.data()[b]);
    });
    exec_.copy(std::span<const Sample>(drawn_.span()), clouds_.span());
    const VaeLoss loss = trainer_.step(as_columns(clouds_.span()), done);
    return {loss.reconstruction, loss.divergence};
  }

  Safetensors checkpoint() const override { return trainer_.checkpoint(); }
  void resume(const Safetensors& file) override { trainer_.resume(file); }

  void finish(double minutes) override {
    VaePrior prior{copy_to_host(exec_, trainer_.parameters()), options_.prior_sigma, {}};
    prior.about = identity();
    prior.about["steps"] = std::to_string(trainer_.steps());
    prior.about["beta_reconstruction"] = mace::detail::number_text(options_.reconstruction);
    prior.about["beta_divergence"] = mace::detail::number_text(options_.divergence);
    write_safetensors(settings_.out, vae_file<Shape>(prior), Dtype::F16);
    const VaeQuality q = quality(read_vae<Shape>(read_safetensors(settings_.out)));
    std::printf(
        "%s: %lld steps in %.1f minutes\n"
        "on 200 held-out shapes: reconstruction %.3f (two clouds of one shape: %.3f), draw-encode correlation %.3f,\n"
        "diversity of prior samples %.2f (of the data: %.2f)\n",
        settings_.out.c_str(), static_cast<long long>(trainer_.steps()), minutes, q.reconstruction, q.floor,
        q.correlation, q.prior_diversity, q.data_diversity);
  }

 private:
  VaeQuality quality(const VaePrior& prior) {
    constexpr Index held_out = 200;
    Buffer<Sample> clouds(held_out), twins(held_out);
    host_.for_each_sample(held_out, [&](Index i) {
      const auto sample = static_cast<std::uint32_t>(i);
      for (const std::uint32_t twin : {0u, 1u}) {
        Random shape({settings_.seed, Stream::evaluation, 0}, sample);
        Random points({settings_.seed, Stream::evaluation, 1 + twin}, sample);
        (held_out_ ? held_out_ : generate_)(shape, points, (twin == 0 ? clouds : twins).data()[i]);
      }
    });
    LatentVae<Cpu, Shape> model(host_, prior.weights, prior.prior_sigma);
    return measure_vae(host_, model, std::span<const Sample>(clouds.span()), std::span<const Sample>(twins.span()),
                       {settings_.seed, Stream::evaluation, 3});
  }

  std::map<std::string, std::string> identity_;
  TrainingSettings settings_;
  VaeTrainingOptions options_;
  ShapeGenerator<Shape> generate_, held_out_;
  Exec& exec_;
  Cpu& host_;
  VaeTrainer<Exec, Shape> trainer_;
  Buffer<Sample> drawn_;
  Buffer<Sample, typename Exec::Space> clouds_;
};

}  // namespace mace::examples
