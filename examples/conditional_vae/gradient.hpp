// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "conditional_vae/model.hpp"
#include "mace/core/philox.hpp"
#include "mace/train/vae_parts.hpp"

namespace mace {

/// The latents' prior of each sample, from the rows of its column: means over log standard deviations.
template <class Real>
struct ConditionedPrior {
  MatrixView<const Real> of_condition;

  MACE_HD LatentPrior<Real> operator()(Index l, Index b) const {
    const Real log_sigma = of_condition(of_condition.rows() / 2 + l, b);
    return {of_condition(l, b), log_sigma, numeric::exp(Real(-2) * log_sigma)};
  }
};

/// Copies the means of sample b's prior below its latents.
template <class Real>
struct AppendMeans {
  MatrixView<const Real> of_condition;
  MatrixView<Real> inputs;

  MACE_HD void operator()(Index b) const {
    const Index latents = inputs.rows() / 2;
    for (Index l = 0; l < latents; ++l) inputs(latents + l, b) = of_condition(l, b);
  }
};

/// The bound's gradient in the prior of sample b: of the divergence, and in its means through the decoder, given
/// dinputs.
template <class Real>
struct PriorGradient {
  MatrixView<const Real> code, of_condition, dinputs;
  MatrixView<Real> gradient;
  Real weight;  ///< of the divergence

  MACE_HD void operator()(Index b) const {
    const Index latents = code.rows() / 2;
    for (Index l = 0; l < latents; ++l) {
      const Real mean = of_condition(l, b), log_sigma = of_condition(latents + l, b);
      latent_gaussian::Statistics<Real> q;
      q.add(Real(1), code(l, b), code(latents + l, b));
      gradient(l, b) = dinputs(latents + l, b) + weight * latent_gaussian::mean_gradient(q, mean, log_sigma);
      gradient(latents + l, b) = weight * latent_gaussian::log_sigma_gradient(q, mean, log_sigma);
    }
  }
};

/// The gradient of a conditional VAE's bound, beta_rec (-CD_1) + beta_KL (-KL(q(z|x) || N(mu_c, sigma_c^2))), on
/// batches of clouds and their conditions, by hand. Of the options, prior_sigma has no part in it.
template <class Exec, class Shape, class Real = float>
class ConditionalVaeGradient {
  static constexpr Index latents = Shape::latents;

 public:
  ConditionalVaeGradient(Exec& exec, const VaeTrainingOptions& options)
      : options_(options.checked(Shape::points)),
        encoder_(exec, options.batch, options.encoder_points),
        decoder_(exec, options.batch),
        condition_(exec, options.batch),
        noise_(exec.template allocate<float>(latents * options.batch)),
        inputs_(exec.template allocate<Real>(2 * latents * options.batch)),
        input_gradient_(exec.template allocate<Real>(2 * latents * options.batch)),
        divergence_(exec.template allocate<Real>(options.batch)) {}

  /// Changes beta_KL from here on.
  void divergence(float weight) { options_.divergence = weight; }

  /// Writes the bound's gradient for clouds [3 points, batch] whose points stand in no order and conditions
  /// [features, batch]; `key` names the draw of the latents.
  VaeLoss operator()(Exec& exec, const Real* parameters, MatrixView<const Real> clouds,
                     MatrixView<const Real> conditions, const RandomKey& key, Real* gradient) {
    const Index batch = options_.batch;
    require(clouds.cols() == batch && conditions.rows() == Shape::features && conditions.cols() == batch,
            "ConditionalVaeGradient: wanted ", batch, " clouds and conditions of [", Shape::features, ", ", batch,
            "], got ", clouds.cols(), " and [", conditions.rows(), ", ", conditions.cols(), "]");
    const MatrixView<const Real> of_condition =
        condition_.forward(exec, parameters + Shape::condition_offset, conditions);
    const MatrixView<const Real> code = encoder_.forward(exec, parameters, clouds);
    const MatrixView<float> noise = noise_.matrix(latents, batch);
    const MatrixView<Real> inputs = inputs_.matrix(2 * latents, batch),
                           dinputs = input_gradient_.matrix(2 * latents, batch);
    exec.fill_normal(noise, key);
    exec.for_each_sample(batch, detail::LatentOfCode<Real>{code, noise, inputs});
    exec.for_each_sample(batch, AppendMeans<Real>{of_condition, inputs});
    const Real scale = static_cast<Real>(options_.reconstruction / static_cast<float>(batch));
    const Real weight = static_cast<Real>(options_.divergence / static_cast<float>(batch));
    decoder_(exec, parameters + Shape::decoder_offset, inputs, clouds, scale, gradient + Shape::decoder_offset,
             dinputs);
    exec.for_each_sample(
        batch, detail::CodeGradient<Real, ConditionedPrior<Real>>{
                   code, dinputs, noise, encoder_.output_gradient(), divergence_.data(), weight, {of_condition}});
    exec.for_each_sample(batch,
                         PriorGradient<Real>{code, of_condition, dinputs, condition_.output_gradient(batch), weight});
    encoder_.backward(exec, parameters, gradient);
    condition_.backward(exec, parameters + Shape::condition_offset, conditions, gradient + Shape::condition_offset, {});
    return mean_loss<Exec, Real>(exec, decoder_.distances(), divergence_);
  }

 private:
  VaeTrainingOptions options_;
  EncoderTrace<Exec, typename Shape::Encoder, Real> encoder_;
  DecoderTrace<Exec, typename Shape::Decoder, Real> decoder_;
  MlpTrace<Exec, typename Shape::Condition, Real> condition_;
  Buffer<float, typename Exec::Space> noise_;
  Buffer<Real, typename Exec::Space> inputs_, input_gradient_, divergence_;
};

}  // namespace mace
