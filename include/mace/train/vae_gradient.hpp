// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <span>

#include "mace/core/philox.hpp"
#include "mace/model/vae.hpp"
#include "mace/train/vae_parts.hpp"

namespace mace {

/// The same prior for all latents of all samples.
template <class Real>
struct CommonPrior {
  LatentPrior<Real> prior;

  MACE_HD LatentPrior<Real> operator()(Index, Index) const { return prior; }
};

/// Gradient of a VAE's evidence lower bound, -beta_rec CD_1 - beta_KL KL, on batches of clouds. It is backpropagated by
/// hand through points -> features -> code -> latent -> cloud.
template <class Exec, class Shape, class Real = float>
class VaeGradient {
  static constexpr Index latents = Shape::latents;

 public:
  /// @throws Error if the options are invalid.
  VaeGradient(Exec& exec, const VaeTrainingOptions& options)
      : options_(options.checked(Shape::points)),
        encoder_(exec, options.batch, options.encoder_points),
        decoder_(exec, options.batch),
        noise_(exec.template allocate<float>(latents * options.batch)),
        latent_(exec.template allocate<Real>(latents * options.batch)),
        latent_gradient_(exec.template allocate<Real>(latents * options.batch)),
        divergence_(exec.template allocate<Real>(options.batch)) {}

  /// Sets beta_KL, for a warm-up that prevents early posterior collapse.
  void divergence(float weight) { options_.divergence = weight; }

  /// Computes the gradient on one batch.
  /// @param exec the executor
  /// @param parameters parameters of the VAE
  /// @param clouds batch of clouds [3 points, batch], whose points are in random order
  /// @param key random numbers of the latents
  /// @param gradient receives the gradient in the parameters
  /// @return the two terms of the loss
  /// @throws Error if the number of clouds is not the batch size.
  VaeLoss operator()(Exec& exec, const Real* parameters, MatrixView<const Real> clouds, const RandomKey& key,
                     Real* gradient) {
    require(clouds.cols() == options_.batch, "VaeGradient: wanted ", options_.batch, " clouds, got ", clouds.cols());
    codes_ = encoder_.forward(exec, parameters, clouds);
    const MatrixView<float> noise = noise_.matrix(latents, options_.batch);
    const MatrixView<Real> z = latent_.matrix(latents, options_.batch),
                           dz = latent_gradient_.matrix(latents, options_.batch);
    exec.fill_normal(noise, key);
    exec.for_each_sample(options_.batch, detail::LatentOfCode<Real>{codes_, noise, z});
    const Real scale = static_cast<Real>(options_.reconstruction / static_cast<float>(options_.batch));
    decoder_(exec, parameters + Shape::decoder_offset, z, clouds, scale, gradient + Shape::decoder_offset, dz);
    const Real weight = static_cast<Real>(options_.divergence / static_cast<float>(options_.batch));
    exec.for_each_sample(options_.batch,
                         detail::CodeGradient<Real, CommonPrior<Real>>{codes_, dz, noise, encoder_.output_gradient(),
                                                                       divergence_.data(), weight, prior()});
    encoder_.backward(exec, parameters, gradient);
    return mean_loss<Exec, Real>(exec, decoder_.distances(), divergence_);
  }

  /// Codes of the last batch: [means; log standard deviations], [2 latents, batch].
  MatrixView<const Real> codes() const { return codes_; }

 private:
  CommonPrior<Real> prior() const {
    const float sigma = options_.prior_sigma;
    return {{Real(0), static_cast<Real>(std::log(sigma)), static_cast<Real>(1.0f / (sigma * sigma))}};
  }

  VaeTrainingOptions options_;
  MatrixView<Real> codes_;
  EncoderTrace<Exec, typename Shape::Encoder, Real> encoder_;
  DecoderTrace<Exec, typename Shape::Decoder, Real> decoder_;
  Buffer<float, typename Exec::Space> noise_;
  Buffer<Real, typename Exec::Space> latent_, latent_gradient_, divergence_;
};

}  // namespace mace
