// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/cloud/chamfer.hpp"
#include "mace/core/error.hpp"
#include "mace/core/host_copy.hpp"
#include "mace/model/latent_gaussian.hpp"
#include "mace/model/mlp.hpp"
#include "mace/model/point_encoder.hpp"
#include "mace/train/critical_points.hpp"

namespace mace {

/// Training options of a VAE of point clouds (paper, App. A and C).
struct VaeTrainingOptions {
  Index batch = 64;             ///< clouds per step
  Index encoder_points = 256;   ///< number of points of each cloud that the encoder gets; the loss uses all points
  float reconstruction = 1.0f;  ///< beta_rec, weight of the Chamfer distance
  float divergence = 0.1f;      ///< beta_KL, weight of the KL divergence from the prior
  float prior_sigma = 1.0f;     ///< sigma_z, standard deviation of the latents' prior

  /// Validates the options for clouds of `points` points and returns `*this`.
  /// @throws Error unless batch > 0, encoder_points is 1 to `points`, both weights are finite and >= 0, and prior_sigma
  /// is finite and > 0.
  const VaeTrainingOptions& checked(Index points) const {
    require(batch > 0, "VaeTrainingOptions: wanted batch > 0, got ", batch);
    require(encoder_points > 0 && encoder_points <= points, "VaeTrainingOptions: wanted 1 to ", points,
            " encoder_points, got ", encoder_points);
    require(
        reconstruction >= 0 && numeric::is_finite(reconstruction) && divergence >= 0 && numeric::is_finite(divergence),
        "VaeTrainingOptions: wanted finite weights of reconstruction and divergence, not below 0, got ", reconstruction,
        " and ", divergence);
    require(prior_sigma > 0 && numeric::is_finite(prior_sigma),
            "VaeTrainingOptions: wanted a finite prior_sigma above 0, got ", prior_sigma);
    return *this;
  }
};

/// The two terms of the loss of one step, unweighted means over the batch.
struct VaeLoss {
  double reconstruction = 0;  ///< CD_1, the sum of squared distances over the points of both clouds
  double divergence = 0;      ///< KL divergence of q(z|x) from the latents' prior, in nats
};

/// Averages the loss over a batch.
/// @param exec the executor
/// @param distances CD_1 of each cloud
/// @param divergences KL divergence of each cloud, in nats
template <class Exec, class Real>
VaeLoss mean_loss(Exec& exec, const Buffer<Real, typename Exec::Space>& distances,
                  const Buffer<Real, typename Exec::Space>& divergences) {
  const auto mean = [&](const Buffer<Real, typename Exec::Space>& terms) {
    HostCopy<Real, typename Exec::Space> copy;
    double sum = 0;
    for (const Real term : copy.of(exec, terms)) sum += static_cast<double>(term) / static_cast<double>(terms.size());
    return sum;
  };
  return {mean(distances), mean(divergences)};
}

namespace detail {

/// Copies the first `points` points of each cloud b of `clouds` [3 n, batch] to the columns of `subset` from b * points
/// on. Index i is a coordinate of `subset`.
template <class Real>
struct FirstPoints {
  MatrixView<const Real> clouds;
  MatrixView<Real> subset;
  Index points;

  MACE_HD void operator()(Index i) const { subset.data()[i] = clouds(i % (3 * points), i / (3 * points)); }
};

/// Scales a gradient in place.
template <class Real>
struct ScaleGradient {
  Real* gradient;
  Real scale;

  MACE_HD void operator()(Index i) const { gradient[i] *= scale; }
};

/// Computes the latent z = m + s e of sample b, where e is its noise and the rows of its code are m, then log s. z may
/// have more rows.
template <class Real>
struct LatentOfCode {
  MatrixView<const Real> code;
  MatrixView<const float> noise;
  MatrixView<Real> z;

  MACE_HD void operator()(Index b) const {
    const Index latents = noise.rows();
    for (Index l = 0; l < latents; ++l)
      z(l, b) = code(l, b) + numeric::exp(code(latents + l, b)) * static_cast<Real>(noise(l, b));
  }
};

}  // namespace detail

/// Prior of one latent of one sample: N(mean, exp(log_sigma)^2), with precision = exp(-2 log_sigma).
template <class Real>
struct LatentPrior {
  Real mean, log_sigma, precision;
};

namespace detail {

/// Computes the bound's gradient in the code of sample b, through z (given dz, which may have more rows) and through
/// the divergence from the prior, and writes the divergence. `prior(l, b)` is the LatentPrior of latent l.
template <class Real, class Prior>
struct CodeGradient {
  MatrixView<const Real> code, dz;
  MatrixView<const float> noise;
  MatrixView<Real> gradient;
  Real* divergence;
  Real weight;  ///< weight of the divergence
  Prior prior;

  MACE_HD void operator()(Index b) const {
    const Index latents = noise.rows();
    Real kl = 0;
    for (Index l = 0; l < latents; ++l) {
      const LatentPrior<Real> p = prior(l, b);
      const Real m = code(l, b), log_s = code(latents + l, b), s = numeric::exp(log_s);
      gradient(l, b) = dz(l, b) - weight * (m - p.mean) * p.precision;
      gradient(latents + l, b) =
          dz(l, b) * s * static_cast<Real>(noise(l, b)) - weight * (s * s * p.precision - Real(1));
      kl += latent_gaussian::kl_divergence(m, log_s, p.mean, p.log_sigma);
    }
    divergence[b] = kl;
  }
};

}  // namespace detail

/// Forward and backward pass of the encoder in a training step: from clouds to codes, and from the gradient in the
/// codes to the gradient in the weights. Only critical points have a gradient, so the backward pass is restricted to
/// them.
template <class Exec, class Encoder, class Real>
class EncoderTrace {
 public:
  /// Allocates memory for batches.
  /// @param exec the executor
  /// @param clouds clouds in a batch
  /// @param points number of points of each cloud that the encoder gets
  EncoderTrace(Exec& exec, Index clouds, Index points)
      : clouds_(clouds),
        seen_(points),
        packed_(exec, clouds),
        critical_(exec, Encoder::features, clouds, points),
        points_(exec, critical_.capacity()),
        head_(exec, clouds),
        subset_(exec.template allocate<Real>(3 * points * clouds)),
        largest_(exec.template allocate<Real>(Encoder::features * clouds)),
        largest_gradient_(exec.template allocate<Real>(Encoder::features * clouds)) {}

  /// Computes the codes of a batch of clouds.
  /// @param exec the executor
  /// @param parameters parameters of the encoder
  /// @param clouds batch of clouds [3 n, batch], whose points are in random order
  /// @return codes [outputs, batch], valid until the next call
  MatrixView<Real> forward(Exec& exec, const Real* parameters, MatrixView<const Real> clouds) {
    const MatrixView<Real> subset = subset_.matrix(3, seen_ * clouds_);
    exec.for_each_element(subset.size(), detail::FirstPoints<Real>{clouds, subset, seen_});
    packed_.assign(exec, parameters);
    const MatrixView<Real> largest = largest_.matrix(Encoder::features, clouds_);
    packed_.features(exec, subset, seen_, largest, critical_.column());
    critical_.collect(exec, subset);
    return head_.forward(exec, parameters + Encoder::head_offset, largest);
  }

  /// Gradient in the codes, to be filled before backward().
  MatrixView<Real> output_gradient() { return head_.output_gradient(clouds_); }

  /// Computes the gradient in the encoder's weights.
  /// @param exec the executor
  /// @param parameters parameters of the last forward()
  /// @param gradient receives the gradient in the parameters
  void backward(Exec& exec, const Real* parameters, Real* gradient) {
    const MatrixView<Real> largest_gradient = largest_gradient_.matrix(Encoder::features, clouds_);
    head_.backward(exec, parameters + Encoder::head_offset, largest_.matrix(Encoder::features, clouds_),
                   gradient + Encoder::head_offset, largest_gradient);
    points_.forward(exec, parameters, critical_.points());
    critical_.scatter(exec, largest_gradient, points_.output_gradient(critical_.points().cols()));
    points_.backward(exec, parameters, critical_.points(), gradient, MatrixView<Real>{});
  }

 private:
  Index clouds_, seen_;
  PackedPointEncoder<Exec, Encoder, Real> packed_;
  CriticalPoints<Exec, Real> critical_;
  MlpTrace<Exec, typename Encoder::PointNet, Real> points_;
  MlpTrace<Exec, typename Encoder::HeadNet, Real> head_;
  Buffer<Real, typename Exec::Space> subset_, largest_, largest_gradient_;
};

/// Forward and backward pass of the decoder in a training step: the gradient of the weighted reconstruction in the
/// decoder's inputs and weights.
template <class Exec, class Decoder, class Real>
class DecoderTrace {
 public:
  /// Allocates memory for batches of `clouds` clouds.
  DecoderTrace(Exec& exec, Index clouds) : decoder_(exec, clouds), distance_(exec.template allocate<Real>(clouds)) {}

  /// Computes the gradient of -weight CD_1, summed over the batch.
  /// @param exec the executor
  /// @param parameters parameters of the decoder
  /// @param inputs decoder inputs [inputs, batch]
  /// @param clouds clouds to reconstruct [3 points, batch]
  /// @param weight weight of CD_1
  /// @param gradient receives the gradient in the parameters
  /// @param input_gradient receives the gradient in the inputs, [inputs, batch]
  void operator()(Exec& exec, const Real* parameters, MatrixView<const Real> inputs, MatrixView<const Real> clouds,
                  Real weight, Real* gradient, MatrixView<Real> input_gradient) {
    const MatrixView<const Real> decoded = decoder_.forward(exec, parameters, inputs);
    const MatrixView<Real> in_clouds = decoder_.output_gradient(inputs.cols());
    chamfer_gradients(exec, decoded, clouds, in_clouds, distance_.span());
    exec.for_each_element(in_clouds.size(), detail::ScaleGradient<Real>{in_clouds.data(), -weight});
    decoder_.backward(exec, parameters, inputs, gradient, input_gradient);
  }

  /// CD_1 of each cloud of the last batch.
  const Buffer<Real, typename Exec::Space>& distances() const { return distance_; }

 private:
  MlpTrace<Exec, Decoder, Real> decoder_;
  Buffer<Real, typename Exec::Space> distance_;
};

}  // namespace mace
