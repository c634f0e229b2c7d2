// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "mace/io/safetensors.hpp"
#include "mace/train/latent_scale.hpp"
#include "mace/train/vae_gradient.hpp"
#include "mace/update/adam.hpp"

namespace mace {

/// How rate and beta_KL go over a training, as functions of the share of it that is done. The rate warms up and falls to
/// zero by a cosine; beta_KL begins small, or the latents fall silent before the decoder has a use for them.
struct VaeSchedule {
  double rate = 1e-3;
  double warm_up = 0.02;          ///< share of the training over which the rate rises
  double first_divergence = 0.5;  ///< share of beta_KL at the beginning
  double divergence_from = 0.3;   ///< when beta_KL begins to rise …
  double divergence_to = 0.6;     ///< … and when it is there

  std::int64_t rescale_every = 100;  ///< steps between two folds of the latents' scale, until divergence_to

  double rate_at(double done) const {
    return rate * std::min(1.0, (done + 1e-3) / warm_up) * 0.5 * (1.0 + std::cos(3.141592653589793 * done));
  }
  /// The share of beta_KL that counts: geometric between the two ends.
  double divergence_at(double done) const {
    const double way = std::clamp((done - divergence_from) / (divergence_to - divergence_from), 0.0, 1.0);
    return std::pow(first_divergence, 1.0 - way);
  }
};

/// Fits a VAE to clouds, one batch a step; can be saved and taken up again, to the same bits.
template <class Exec, class Shape>
class VaeTrainer {
 public:
  VaeTrainer(Exec& exec, const VaeTrainingOptions& options, const VaeSchedule& schedule)
      : exec_(exec),
        options_(options),
        schedule_(schedule),
        gradient_of_(exec, options),
        parameters_(exec.template allocate<float>(Shape::parameters)),
        gradient_(exec.template allocate<float>(Shape::parameters)),
        adam_(Adam{}.make_state(exec, Shape::parameters)) {
    initialise();
  }

  std::int64_t steps() const { return adam_.steps; }
  std::span<const float> parameters() const { return parameters_.span(); }

  /// One step on clouds [3 points, batch]; `done` is the share of the training that lies behind, in [0, 1].
  VaeLoss step(MatrixView<const float> clouds, double done) {
    gradient_of_.divergence(options_.divergence * static_cast<float>(schedule_.divergence_at(done)));
    const RandomKey key{exec_.seed(), Stream::training, static_cast<std::uint32_t>(adam_.steps + 1)};
    const VaeLoss loss = gradient_of_(exec_, parameters_.data(), clouds, key, gradient_.data());
    require(std::isfinite(loss.reconstruction) && std::isfinite(loss.divergence),
            "VaeTrainer: the loss is no number after ", adam_.steps, " steps; wanted a smaller rate");
    Adam{.rate = schedule_.rate_at(done)}.ascend(exec_, adam_, parameters_.span(),
                                                 std::span<const float>(gradient_.span()));
    if (done < schedule_.divergence_to) {
      scale_.watch(gradient_of_.codes());
      if (adam_.steps % schedule_.rescale_every == 0) scale_.fold(parameters_.data(), adam_, options_.prior_sigma);
    }
    return loss;
  }

  /// Everything that the next step depends on.
  Safetensors checkpoint() const {
    Safetensors file;
    file.metadata["kind"] = "checkpoint";
    file.metadata["steps"] = std::to_string(adam_.steps);
    for (const auto& [name, buffer] : state())
      file.tensors[name] = {{Shape::parameters}, {buffer->span().begin(), buffer->span().end()}};
    const std::vector<float> scale = scale_.state();
    file.tensors["latent_scale"] = {{static_cast<Index>(scale.size())}, scale};
    return file;
  }

  /// Continues from a checkpoint; refuses one of another network.
  void resume(const Safetensors& file) {
    require(file.metadata.contains("kind") && file.metadata.at("kind") == "checkpoint", file.source,
            ": wanted a checkpoint of a training, got another file");
    for (const auto& [name, buffer] : state())
      exec_.copy(std::span<const float>(file.tensor(name, {Shape::parameters}).values), buffer->span());
    scale_.restore(file.tensor("latent_scale", {1 + 2 * Shape::latents}).values);
    const auto steps = file.metadata.find("steps");
    require(steps != file.metadata.end(), file.source, ": wanted a checkpoint that says its steps, got none");
    const std::string& text = steps->second;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), adam_.steps);
    require(parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && adam_.steps >= 0, file.source,
            ": wanted a number of steps, got \"", text, "\"");
  }

 private:
  using Memory = Buffer<float, typename Exec::Space>;

  std::map<std::string, const Memory*> state() const {
    return {{"parameters", &parameters_},
            {"adam.first", &adam_.first},
            {"adam.second", &adam_.second},
            {"adam.residue", &adam_.residue}};
  }

  void initialise() {
    initialise<typename Shape::Encoder::PointNet>(parameters_.data(), 0);
    initialise<typename Shape::Encoder::HeadNet>(parameters_.data() + Shape::Encoder::head_offset, 1);
    initialise<typename Shape::Decoder>(parameters_.data() + Shape::decoder_offset, 2);
  }

  /// Weights uniform with the variance that keeps activations alike through ReLU layers (He et al., 2015), a tenth of that
  /// width in the last layer, so that the first clouds and codes are small; biases zero.
  template <class Net>
  void initialise(float* parameters, std::uint32_t net) {
    for (int l = 0; l < Net::layers; ++l) {
      Random random({exec_.seed(), Stream::training, 0}, 64 * net + static_cast<std::uint32_t>(l));
      const MatrixView<float> weights = Net::weights(parameters, l);
      const float he = std::sqrt(6.0f / static_cast<float>(weights.rows()));
      const float bound = l + 1 < Net::layers ? he : 0.1f * he;
      for (Index i = 0; i < weights.size(); ++i) weights.data()[i] = random.uniform(-bound, bound);
    }
  }

  Exec& exec_;
  VaeTrainingOptions options_;
  VaeSchedule schedule_;
  VaeGradient<Exec, Shape> gradient_of_;
  Memory parameters_, gradient_;
  typename Adam::State<Exec> adam_;
  LatentScale<Shape> scale_;
};

}  // namespace mace
