// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "mace/train/adam_training.hpp"
#include "mace/train/latent_scale.hpp"
#include "mace/train/vae_gradient.hpp"

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

  double rate_at(double done) const { return cosine_rate(rate, warm_up, done); }
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
        schedule_(checked(schedule)),
        gradient_of_(exec, options),
        training_(exec, Shape::parameters) {
    float* const parameters = training_.parameters().data();
    initialise<typename Shape::Encoder::PointNet>(parameters, exec.seed(), 0);
    initialise<typename Shape::Encoder::HeadNet>(parameters + Shape::Encoder::head_offset, exec.seed(), 1);
    initialise<typename Shape::Decoder>(parameters + Shape::decoder_offset, exec.seed(), 2);
  }

  std::int64_t steps() const { return training_.steps(); }
  std::span<const float> parameters() const { return training_.parameters(); }

  /// One step on clouds [3 points, batch]; `done` is the share of the training that lies behind, in [0, 1].
  VaeLoss step(MatrixView<const float> clouds, double done) {
    gradient_of_.divergence(options_.divergence * static_cast<float>(schedule_.divergence_at(done)));
    float* const parameters = training_.parameters().data();
    const VaeLoss loss = gradient_of_(exec_, parameters, clouds, training_.next_key(), training_.gradient().data());
    require(std::isfinite(loss.reconstruction) && std::isfinite(loss.divergence),
            "VaeTrainer: the loss is no number after ", steps(), " steps; wanted a smaller rate");
    training_.ascend(schedule_.rate_at(done));
    if (done < schedule_.divergence_to) {
      scale_.watch(gradient_of_.codes());
      if (steps() % schedule_.rescale_every == 0) scale_.fold(parameters, training_.adam(), options_.prior_sigma);
    }
    return loss;
  }

  /// Everything that the next step depends on.
  Safetensors checkpoint() const {
    Safetensors file = training_.checkpoint();
    const std::vector<float> scale = scale_.state();
    file.tensors["latent_scale"] = {{static_cast<Index>(scale.size())}, scale};
    return file;
  }

  /// Continues from a checkpoint. Errors: it is none, of another network, or its numbers make no sense; the trainer then
  /// stays as it was.
  void resume(const Safetensors& file) {
    const auto steps = static_cast<float>(detail::checkpoint_steps(file));
    const std::vector<float>& scale = detail::finite_tensor(file, "latent_scale", 1 + 2 * Shape::latents);
    require(scale[0] >= 0 && scale[0] <= steps, file.source, ": tensor latent_scale: wanted 0 to ", steps,
            " steps, got ", scale[0]);
    training_.resume(file);
    scale_.restore(scale);
  }

 private:
  static const VaeSchedule& checked(const VaeSchedule& s) {
    require(s.rate > 0 && std::isfinite(s.rate), "VaeSchedule: wanted a finite rate above 0, got ", s.rate);
    require(s.warm_up > 0 && s.warm_up <= 1 && s.first_divergence > 0 && s.first_divergence <= 1,
            "VaeSchedule: wanted warm_up and first_divergence in (0, 1], got ", s.warm_up, " and ", s.first_divergence);
    require(0 <= s.divergence_from && s.divergence_from < s.divergence_to && s.divergence_to <= 1,
            "VaeSchedule: wanted 0 <= divergence_from < divergence_to <= 1, got ", s.divergence_from, " and ",
            s.divergence_to);
    require(s.rescale_every > 0, "VaeSchedule: wanted rescale_every > 0, got ", s.rescale_every);
    return s;
  }

  Exec& exec_;
  VaeTrainingOptions options_;
  VaeSchedule schedule_;
  VaeGradient<Exec, Shape> gradient_of_;
  AdamTraining<Exec> training_;
  LatentScale<Shape> scale_;
};

}  // namespace mace
