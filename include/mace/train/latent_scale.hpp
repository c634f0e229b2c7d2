// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "mace/core/view.hpp"
#include "mace/update/adam.hpp"

namespace mace {

/// Keeps a VAE's latents on the scale of their prior while it is trained. A shift and a scale of each latent can be undone
/// by the decoder's first layer, so they leave the reconstruction as it is; but left alone they adapt slowly, and codes
/// that fill a corner of the prior make its draws average shapes. So the codes' moments are watched, and from time to time
/// moved into the weights: the encoder's last layer puts out codes of mean zero and total variance prior_sigma^2, the
/// decoder's first layer takes that back.
template <class Shape>
class LatentScale {
  using Head = typename Shape::Encoder::HeadNet;
  static constexpr Index latents = Shape::latents;

 public:
  /// Takes the codes of one step into the moving averages: means over log standard deviations, [2 latents, n].
  void watch(MatrixView<const float> codes) {
    const float share = std::max(0.02f, 1.0f / static_cast<float>(++steps_));
    for (Index l = 0; l < latents; ++l) {
      float mean = 0, square = 0;
      for (Index i = 0; i < codes.cols(); ++i) {
        const float s = numeric::exp(codes(latents + l, i));
        mean += codes(l, i) / static_cast<float>(codes.cols());
        square += (codes(l, i) * codes(l, i) + s * s) / static_cast<float>(codes.cols());
      }
      Moments& m = moments_[static_cast<std::size_t>(l)];
      m.mean += share * (mean - m.mean);
      m.square += share * (square - m.square);
    }
  }

  /// Moves the latents' scale into the weights, and that of these weights into Adam's moments; see rescale().
  template <class State>
  void fold(float* parameters, State& adam, float prior_sigma) {
    for (Index l = 0; l < latents; ++l) {
      const Moments& m = moments_[static_cast<std::size_t>(l)];
      const float scale = prior_sigma / std::sqrt(std::max(m.square - m.mean * m.mean, 1e-12f));
      fold_decoder(parameters, l, 1.0f / scale, m.mean);
      fold_encoder(parameters, l, scale, m.mean);
      rescale(adam, l, scale);
    }
    *this = {};
  }

  /// What a checkpoint must hold: the steps watched, then the moments.
  std::vector<float> state() const {
    std::vector<float> numbers{static_cast<float>(steps_)};
    for (const Moments& m : moments_) numbers.insert(numbers.end(), {m.mean, m.square});
    return numbers;
  }
  void restore(std::span<const float> numbers) {
    steps_ = static_cast<std::int64_t>(numbers[0]);
    for (std::size_t l = 0; l < moments_.size(); ++l) moments_[l] = {numbers[1 + 2 * l], numbers[2 + 2 * l]};
  }

 private:
  struct Moments {
    float mean = 0, square = 0;
  };
  static constexpr int last = Head::layers - 1;

  static float* head(float* parameters) { return parameters + Shape::Encoder::head_offset; }
  static float* decoder(float* parameters) { return parameters + Shape::decoder_offset; }

  static void fold_encoder(float* parameters, Index latent, float scale, float mean) {
    const auto weights = Head::weights(head(parameters), last);
    const auto bias = Head::bias(head(parameters), last);
    for (Index i = 0; i < weights.rows(); ++i) weights(i, latent) *= scale;
    float& shift = bias[static_cast<std::size_t>(latent)];
    shift = (shift - mean) * scale;
    bias[static_cast<std::size_t>(latents + latent)] += std::log(scale);
  }

  static void fold_decoder(float* parameters, Index latent, float scale, float mean) {
    const auto weights = Shape::Decoder::weights(decoder(parameters), 0);
    const auto bias = Shape::Decoder::bias(decoder(parameters), 0);
    for (Index o = 0; o < weights.cols(); ++o) {
      bias[static_cast<std::size_t>(o)] += weights(latent, o) * mean;
      weights(latent, o) *= scale;
    }
  }

  /// The gradient in a weight that grew by `scale` shrinks by it, so the moments of the weights that did are rescaled.
  /// Those of the biases stay as they are, and so does what the shift of the mean changes in the decoder's gradient: the
  /// averages forget that in their own time.
  template <class State>
  static void rescale(State& adam, Index latent, float scale) {
    for (const auto& [moments, factor] : {std::pair{&adam.first, scale}, std::pair{&adam.second, scale * scale}}) {
      const auto encoder_weights = Head::weights(head(moments->data()), last);
      for (Index i = 0; i < encoder_weights.rows(); ++i) encoder_weights(i, latent) /= factor;
      const auto decoder_weights = Shape::Decoder::weights(decoder(moments->data()), 0);
      for (Index o = 0; o < decoder_weights.cols(); ++o) decoder_weights(latent, o) *= factor;
    }
    const auto lost = Head::weights(head(adam.residue.data()), last);
    for (Index i = 0; i < lost.rows(); ++i) lost(i, latent) = 0;
    const auto lost_too = Shape::Decoder::weights(decoder(adam.residue.data()), 0);
    for (Index o = 0; o < lost_too.cols(); ++o) lost_too(latent, o) = 0;
  }

  std::array<Moments, static_cast<std::size_t>(latents)> moments_{};
  std::int64_t steps_ = 0;
};

}  // namespace mace
