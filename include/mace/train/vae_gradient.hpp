// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "mace/core/philox.hpp"
#include "mace/geometry/chamfer.hpp"
#include "mace/model/latent_gaussian.hpp"
#include "mace/model/vae.hpp"
#include "mace/train/critical_points.hpp"
#include "mace/update/adam.hpp"

namespace mace {

/// What a VAE of point clouds is fitted with (paper, App. A and C).
struct VaeTrainingOptions {
  Index batch = 64;             ///< clouds a step
  Index encoder_points = 256;   ///< points of each cloud that the encoder sees; the loss sees them all
  float reconstruction = 1.0f;  ///< weight of the Chamfer distance, the paper's beta_rec
  float divergence = 0.1f;      ///< weight of the KL divergence from the prior, the paper's beta_KL
  float prior_sigma = 1.0f;     ///< standard deviation of the latents' prior, the paper's sigma_z
};

/// The two terms of the loss of one step, each a mean over the batch, unweighted.
struct VaeLoss {
  double reconstruction = 0;  ///< CD_1, the sum over points of squared distances, both ways
  double divergence = 0;      ///< KL(q(z|x) || N(0, prior_sigma^2)), nats
};

/// Each cloud b of `clouds` [3 n, batch], cut to its first `points`: columns b * points on of `subset`.
template <class Real>
struct FirstPoints {
  MatrixView<const Real> clouds;
  MatrixView<Real> subset;
  Index points;

  MACE_HD void operator()(Index b) const {
    for (Index i = 0; i < 3 * points; ++i) subset.column(b * points)[i] = clouds(i, b);
  }
};

/// Takes a gradient times a number, in place.
template <class Real>
struct ScaleGradient {
  Real* gradient;
  Real scale;

  MACE_HD void operator()(Index i) const { gradient[i] *= scale; }
};

/// z = m + s e of sample b, e its noise, m and log s its code: the first rows and the last.
template <class Real>
struct LatentOfCode {
  MatrixView<const Real> code;
  MatrixView<const float> noise;
  MatrixView<Real> z;

  MACE_HD void operator()(Index b) const {
    const Index latents = z.rows();
    for (Index l = 0; l < latents; ++l)
      z(l, b) = code(l, b) + numeric::exp(code(latents + l, b)) * static_cast<Real>(noise(l, b));
  }
};

/// The bound's gradient in the code of sample b: through z, given dz, and of the divergence, which is written out too.
template <class Real>
struct CodeGradient {
  MatrixView<const Real> code, dz;
  MatrixView<const float> noise;
  MatrixView<Real> gradient;
  Real* divergence;
  Real weight, log_sigma, precision;  ///< of the divergence; of the prior

  MACE_HD void operator()(Index b) const {
    const Index latents = dz.rows();
    Real kl = 0;
    for (Index l = 0; l < latents; ++l) {
      const Real m = code(l, b), log_s = code(latents + l, b), s = numeric::exp(log_s);
      gradient(l, b) = dz(l, b) - weight * m * precision;
      gradient(latents + l, b) = dz(l, b) * s * static_cast<Real>(noise(l, b)) - weight * (s * s * precision - Real(1));
      kl += latent_gaussian::kl_divergence(m, log_s, Real(0), log_sigma);
    }
    divergence[b] = kl;
  }
};

/// The gradient of a VAE's evidence lower bound, beta_rec (-CD_1) + beta_KL (-KL), on batches of clouds, by hand: the
/// chain is points -> features -> code -> latent -> cloud. Points that no feature's maximum came from get no gradient, so
/// the encoder's backward pass runs over the critical points alone.
template <class Exec, class Shape, class Real = float>
class VaeGradient {
  using Encoder = typename Shape::Encoder;
  using Decoder = typename Shape::Decoder;
  static constexpr Index latents = Shape::latents;

 public:
  VaeGradient(Exec& exec, const VaeTrainingOptions& options)
      : options_(checked(options)),
        packed_(exec, options.batch),
        critical_(exec, Encoder::features, options.batch, options.encoder_points),
        points_(exec, critical_.capacity()),
        head_(exec, options.batch),
        decoder_(exec, options.batch),
        subset_(exec.template allocate<Real>(3 * options.encoder_points * options.batch)),
        largest_(exec.template allocate<Real>(Encoder::features * options.batch)),
        largest_gradient_(exec.template allocate<Real>(Encoder::features * options.batch)),
        noise_(exec.template allocate<float>(latents * options.batch)),
        latent_(exec.template allocate<Real>(latents * options.batch)),
        latent_gradient_(exec.template allocate<Real>(latents * options.batch)),
        distance_(exec.template allocate<Real>(options.batch)),
        divergence_(exec.template allocate<Real>(options.batch)) {}

  /// Changes beta_KL from here on: a warm-up keeps the latents from falling silent early on.
  void divergence(float weight) { options_.divergence = weight; }

  /// Writes the bound's gradient for clouds [3 points, batch] whose points stand in no order; `key` names the draw of the
  /// latents.
  VaeLoss operator()(Exec& exec, const Real* parameters, MatrixView<const Real> clouds, const RandomKey& key,
                     Real* gradient) {
    require(clouds.cols() == options_.batch, "VaeGradient: wanted ", options_.batch, " clouds, got ", clouds.cols());
    const MatrixView<Real> code = codes_ = encode(exec, parameters, clouds);
    draw_latents(exec, code, key);
    const MatrixView<const Real> z = latent_.matrix(latents, options_.batch);
    const MatrixView<Real> decoded = decoder_.forward(exec, parameters + Shape::decoder_offset, z);
    reconstruct(exec, decoded, clouds);
    decoder_.backward(exec, parameters + Shape::decoder_offset, z, gradient + Shape::decoder_offset,
                      latent_gradient_.matrix(latents, options_.batch));
    code_gradient(exec, code);
    const MatrixView<Real> largest_gradient = largest_gradient_.matrix(Encoder::features, options_.batch);
    head_.backward(exec, parameters + Encoder::head_offset, largest_.matrix(Encoder::features, options_.batch),
                   gradient + Encoder::head_offset, largest_gradient);
    points_.forward(exec, parameters, critical_.points());
    critical_.scatter(exec, largest_gradient, points_.output_gradient(critical_.points().cols()));
    points_.backward(exec, parameters, critical_.points(), gradient, MatrixView<Real>{});
    return loss();
  }

  /// What the encoder made of the last batch, [2 latents, batch].
  MatrixView<const Real> codes() const { return codes_; }

 private:
  static const VaeTrainingOptions& checked(const VaeTrainingOptions& o) {
    require(o.batch > 0, "VaeTrainingOptions: wanted batch > 0, got ", o.batch);
    require(o.encoder_points > 0 && o.encoder_points <= Shape::points, "VaeTrainingOptions: wanted 1 to ",
            Shape::points, " encoder_points, got ", o.encoder_points);
    require(o.reconstruction >= 0 && numeric::is_finite(o.reconstruction) && o.divergence >= 0 &&
                numeric::is_finite(o.divergence),
            "VaeTrainingOptions: wanted finite weights of reconstruction and divergence, not below 0, got ",
            o.reconstruction, " and ", o.divergence);
    require(o.prior_sigma > 0 && numeric::is_finite(o.prior_sigma),
            "VaeTrainingOptions: wanted a finite prior_sigma above 0, got ", o.prior_sigma);
    return o;
  }

  MatrixView<Real> encode(Exec& exec, const Real* parameters, MatrixView<const Real> clouds) {
    const Index points = options_.encoder_points;
    const MatrixView<Real> subset = subset_.matrix(3, points * options_.batch);
    exec.for_each_sample(options_.batch, FirstPoints<Real>{clouds, subset, points});
    packed_.assign(exec, parameters);
    const MatrixView<Real> largest = largest_.matrix(Encoder::features, options_.batch);
    packed_.features(exec, subset, points, largest, critical_.column());
    critical_.collect(subset);
    return head_.forward(exec, parameters + Encoder::head_offset, largest);
  }

  /// z = m + s e, with e standard normal.
  void draw_latents(Exec& exec, MatrixView<const Real> code, const RandomKey& key) {
    const MatrixView<float> noise = noise_.matrix(latents, options_.batch);
    const MatrixView<Real> z = latent_.matrix(latents, options_.batch);
    exec.fill_normal(noise, key);
    exec.for_each_sample(options_.batch, LatentOfCode<Real>{code, noise, z});
  }

  void reconstruct(Exec& exec, MatrixView<const Real> decoded, MatrixView<const Real> clouds) {
    const MatrixView<Real> gradient = decoder_.output_gradient(options_.batch);
    chamfer_gradients(exec, decoded, clouds, gradient, distance_.span());
    const Real scale = static_cast<Real>(-options_.reconstruction / static_cast<float>(options_.batch));
    exec.for_each_element(gradient.size(), ScaleGradient<Real>{gradient.data(), scale});
  }

  /// The gradient in the code: through z, and of the divergence.
  void code_gradient(Exec& exec, MatrixView<const Real> code) {
    const MatrixView<Real> gradient = head_.output_gradient(options_.batch);
    const MatrixView<const Real> dz = latent_gradient_.matrix(latents, options_.batch);
    const MatrixView<const float> noise = noise_.matrix(latents, options_.batch);
    const Real weight = static_cast<Real>(options_.divergence / static_cast<float>(options_.batch));
    const Real log_sigma = static_cast<Real>(std::log(options_.prior_sigma));
    const Real precision = static_cast<Real>(1.0f / (options_.prior_sigma * options_.prior_sigma));
    exec.for_each_sample(options_.batch, CodeGradient<Real>{code, dz, noise, gradient, divergence_.data(), weight,
                                                            log_sigma, precision});
  }

  VaeLoss loss() const {
    VaeLoss sum;
    for (Index b = 0; b < options_.batch; ++b) {
      sum.reconstruction += static_cast<double>(distance_.data()[b]) / static_cast<double>(options_.batch);
      sum.divergence += static_cast<double>(divergence_.data()[b]) / static_cast<double>(options_.batch);
    }
    return sum;
  }

  VaeTrainingOptions options_;
  MatrixView<Real> codes_;
  PackedPointEncoder<Exec, Encoder, Real> packed_;
  CriticalPoints<Exec, Real> critical_;
  MlpTrace<Exec, typename Encoder::PointNet, Real> points_;
  MlpTrace<Exec, typename Encoder::HeadNet, Real> head_;
  MlpTrace<Exec, Decoder, Real> decoder_;
  Buffer<Real, typename Exec::Space> subset_, largest_, largest_gradient_;
  Buffer<float, typename Exec::Space> noise_;
  Buffer<Real, typename Exec::Space> latent_, latent_gradient_, distance_, divergence_;
};

}  // namespace mace
