// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/core/buffer.hpp"
#include "mace/core/numeric.hpp"
#include "mace/fit/adam.hpp"

namespace mace {

namespace detail {

/// View of the moving averages of the moments of a VAE's codes: the number of steps, then the mean and the mean square
/// of each latent.
struct CodeMoments {
  float* values;

  MACE_HD float& steps() const { return values[0]; }
  MACE_HD float& mean(Index latent) const { return values[1 + 2 * latent]; }
  MACE_HD float& square(Index latent) const { return values[2 + 2 * latent]; }
  /// Factor that scales a latent to the standard deviation prior_sigma.
  MACE_HD float scale(Index latent, float prior_sigma) const {
    const float variance = square(latent) - mean(latent) * mean(latent);
    return prior_sigma / numeric::sqrt(variance > 1e-12f ? variance : 1e-12f);
  }
};

/// Adds the codes of one step, [means; log standard deviations], [2 latents, n], to the averages of one latent.
struct WatchLatent {
  MatrixView<const float> codes;
  detail::CodeMoments moments;

  MACE_HD void operator()(Index l) const {
    const auto count = static_cast<float>(codes.cols());
    float mean = 0, square = 0;
    for (Index i = 0; i < codes.cols(); ++i) {
      const float m = codes(l, i), s = numeric::exp(codes(codes.rows() / 2 + l, i));
      mean += m / count;
      square += (m * m + s * s) / count;
    }
    const float first = 1.0f / (moments.steps() + 1.0f), share = first > 0.02f ? first : 0.02f;
    moments.mean(l) += share * (mean - moments.mean(l));
    moments.square(l) += share * (square - moments.square(l));
  }
};

/// Weights together with Adam's moments: if a weight is scaled by `scale`, its gradient is scaled by 1 / scale. Biases
/// keep their moments, and the moments are not corrected for the effect of the mean's shift on the decoder's gradient,
/// which decays from the averages.
struct ScaledWeights {
  float *parameters, *first, *second, *residue;

  MACE_HD void scale(Index i, float scale) const {
    parameters[i] *= scale;
    first[i] /= scale;
    second[i] /= scale * scale;
    residue[i] = 0;
  }
};

/// Inverts the scaling and shift of the latents in neuron o of the decoder's first layer.
template <class Shape>
struct FoldIntoDecoder {
  detail::ScaledWeights weights;
  detail::CodeMoments moments;
  float prior_sigma;

  MACE_HD void operator()(Index o) const {
    constexpr Index inputs = Shape::Decoder::inputs, first = Shape::decoder_offset + Shape::Decoder::weight_offset(0),
                    bias = Shape::decoder_offset + Shape::Decoder::bias_offset(0);
    for (Index l = 0; l < Shape::latents; ++l) {
      const Index i = first + o * inputs + l;
      weights.parameters[bias + o] += weights.parameters[i] * moments.mean(l);
      weights.scale(i, 1.0f / moments.scale(l, prior_sigma));
    }
  }
};

/// Normalizes latent l to mean 0 and the prior's scale in the encoder's last layer.
template <class Shape>
struct FoldIntoEncoder {
  detail::ScaledWeights weights;
  detail::CodeMoments moments;
  float prior_sigma;

  MACE_HD void operator()(Index l) const {
    using Head = typename Shape::Encoder::HeadNet;
    constexpr int last = Head::layers - 1;
    constexpr Index inputs = Head::width[last], first = Shape::Encoder::head_offset + Head::weight_offset(last),
                    bias = Shape::Encoder::head_offset + Head::bias_offset(last);
    const float scale = moments.scale(l, prior_sigma);
    for (Index i = first + l * inputs; i < first + (l + 1) * inputs; ++i) weights.scale(i, scale);
    float& shift = weights.parameters[bias + l];
    shift = (shift - moments.mean(l)) * scale;
    weights.parameters[bias + Shape::latents + l] += numeric::log(scale);
  }
};

}  // namespace detail

/// Keeps a VAE's latents at the scale of their prior during training. The decoder's first layer can invert any shift
/// and scale of the latents, so these do not change the reconstruction; but gradient steps adapt them slowly, and if
/// the codes occupy only a corner of the prior, its draws decode to average shapes. This class therefore tracks the
/// codes' moments and occasionally folds them into the weights: the encoder's last layer then puts out codes of mean 0
/// and total variance prior_sigma^2, and the decoder's first layer inverts the change.
template <class Exec, class Shape>
class LatentScale {
  static constexpr Index latents = Shape::latents;

 public:
  explicit LatentScale(Exec& exec) : state_(exec.template allocate<float>(1 + 2 * latents)) {}

  /// Adds the codes of one step, [means; log standard deviations], [2 latents, n], to the moving averages.
  void watch(Exec& exec, MatrixView<const float> codes) {
    const detail::CodeMoments moments{state_.data()};
    exec.for_each_element(latents, detail::WatchLatent{codes, moments});
    exec.for_each_element(1, [=] MACE_HD(Index) { moments.steps() += 1.0f; });
  }

  /// Folds the latents' shift and scale into the weights, rescales Adam's moments of these weights and resets the
  /// averages.
  /// @param exec the executor
  /// @param parameters parameters of the VAE
  /// @param adam Adam's state
  /// @param prior_sigma standard deviation of the latents' prior
  template <class State>
  void fold(Exec& exec, float* parameters, State& adam, float prior_sigma) {
    const detail::ScaledWeights weights{parameters, adam.first.data(), adam.second.data(), adam.residue.data()};
    const detail::CodeMoments moments{state_.data()};
    exec.for_each_element(Shape::Decoder::width[1], detail::FoldIntoDecoder<Shape>{weights, moments, prior_sigma});
    exec.for_each_element(latents, detail::FoldIntoEncoder<Shape>{weights, moments, prior_sigma});
    exec.fill(state_.span(), 0.0f);
  }

  /// The state for a checkpoint: number of steps, then mean and mean square of each latent.
  std::span<float> state() const { return state_.span(); }

 private:
  Buffer<float, typename Exec::Space> state_;
};

}  // namespace mace
