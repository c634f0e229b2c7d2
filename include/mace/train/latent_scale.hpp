// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/core/buffer.hpp"
#include "mace/core/numeric.hpp"
#include "mace/fit/adam.hpp"

namespace mace {

namespace detail {

/// Moving averages of the moments of a VAE's codes, in memory that somebody else owns: how many steps went into them,
/// then mean and mean square of each latent.
struct CodeMoments {
  float* values;

  MACE_HD float& steps() const { return values[0]; }
  MACE_HD float& mean(Index latent) const { return values[1 + 2 * latent]; }
  MACE_HD float& square(Index latent) const { return values[2 + 2 * latent]; }
  /// What makes a latent's standard deviation prior_sigma.
  MACE_HD float scale(Index latent, float prior_sigma) const {
    const float variance = square(latent) - mean(latent) * mean(latent);
    return prior_sigma / numeric::sqrt(variance > 1e-12f ? variance : 1e-12f);
  }
};

/// Takes the codes of one step into the averages of one latent: means over log standard deviations, [2 latents, n].
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

/// Weights that are scaled, with Adam's memory of them: the gradient in a weight that grew by `scale` shrinks by it.
/// Biases keep their moments, and so does what the shift of the mean changes in the decoder's gradient: the averages
/// forget that in their own time.
struct ScaledWeights {
  float *parameters, *first, *second, *residue;

  MACE_HD void scale(Index i, float scale) const {
    parameters[i] *= scale;
    first[i] /= scale;
    second[i] /= scale * scale;
    residue[i] = 0;
  }
};

/// The latents' scale and mean taken back by neuron o of the decoder's first layer.
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

/// Latent l put out by the encoder's last layer with mean zero and its prior's scale.
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

/// Keeps a VAE's latents on the scale of their prior while it is trained. A shift and a scale of each latent can be
/// undone by the decoder's first layer, so they leave the reconstruction as it is; but left alone they adapt slowly,
/// and codes that fill a corner of the prior make its draws average shapes. So the codes' moments are watched, and from
/// time to time moved into the weights: the encoder's last layer puts out codes of mean zero and total variance
/// prior_sigma^2, the decoder's first layer takes that back.
template <class Exec, class Shape>
class LatentScale {
  static constexpr Index latents = Shape::latents;

 public:
  explicit LatentScale(Exec& exec) : state_(exec.template allocate<float>(1 + 2 * latents)) {}

  /// Takes the codes of one step into the moving averages: means over log standard deviations, [2 latents, n].
  void watch(Exec& exec, MatrixView<const float> codes) {
    const detail::CodeMoments moments{state_.data()};
    exec.for_each_element(latents, detail::WatchLatent{codes, moments});
    exec.for_each_element(1, [=] MACE_HD(Index) { moments.steps() += 1.0f; });
  }

  /// Moves the latents' scale into the weights, and that of these weights into Adam's moments.
  template <class State>
  void fold(Exec& exec, float* parameters, State& adam, float prior_sigma) {
    const detail::ScaledWeights weights{parameters, adam.first.data(), adam.second.data(), adam.residue.data()};
    const detail::CodeMoments moments{state_.data()};
    exec.for_each_element(Shape::Decoder::width[1], detail::FoldIntoDecoder<Shape>{weights, moments, prior_sigma});
    exec.for_each_element(latents, detail::FoldIntoEncoder<Shape>{weights, moments, prior_sigma});
    exec.fill(state_.span(), 0.0f);
  }

  /// What a checkpoint must hold, as CodeMoments has it.
  std::span<float> state() const { return state_.span(); }

 private:
  Buffer<float, typename Exec::Space> state_;
};

}  // namespace mace
