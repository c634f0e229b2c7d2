// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "mace/core/host_copy.hpp"
#include "mace/core/philox.hpp"
#include "mace/fit/adam.hpp"
#include "mace/io/safetensors.hpp"
#include "mace/prior/metadata.hpp"

namespace mace {

/// Learning rate with a linear warm-up and a cosine decay to 0.
/// @param rate peak learning rate
/// @param warm_up fraction of the training over which the rate rises
/// @param done completed fraction of the training, in [0, 1]
inline double cosine_rate(double rate, double warm_up, double done) {
  return rate * std::min(1.0, (done + 1e-3) / warm_up) * 0.5 * (1.0 + std::cos(3.141592653589793 * done));
}

/// Initializes the weights of `Net` uniformly with the variance that preserves the scale of activations through ReLU
/// layers (He et al., 2015). The last layer's range is a tenth of that, so that the initial outputs are small. Biases
/// are left unchanged.
/// @param parameters the network's parameters
/// @param seed seed of the random numbers
/// @param net number of the network, which selects its random numbers
template <class Net>
void initialize(float* parameters, std::uint64_t seed, std::uint32_t net) {
  for (int l = 0; l < Net::layers; ++l) {
    Random random({seed, Stream::training, 0}, 64 * net + static_cast<std::uint32_t>(l));
    const MatrixView<float> weights = Net::weights(parameters, l);
    const float he = std::sqrt(6.0f / static_cast<float>(weights.rows()));
    const float bound = l + 1 < Net::layers ? he : 0.1f * he;
    for (Index i = 0; i < weights.size(); ++i) weights.data()[i] = random.uniform(-bound, bound);
  }
}

/// Returns initial parameters of a VAE: its networks 0 to 2 (two of the encoder and the decoder) as by `initialize`,
/// all others 0.
template <class Shape>
std::vector<float> initial_vae(std::uint64_t seed) {
  std::vector<float> weights(static_cast<std::size_t>(Shape::parameters));
  float* const parameters = weights.data();
  initialize<typename Shape::Encoder::PointNet>(parameters, seed, 0);
  initialize<typename Shape::Encoder::HeadNet>(parameters + Shape::Encoder::head_offset, seed, 1);
  initialize<typename Shape::Decoder>(parameters + Shape::decoder_offset, seed, 2);
  return weights;
}

namespace detail {

/// Returns the number of training steps stored in a checkpoint.
/// @throws Error if the file is not a checkpoint or has no valid number of steps.
inline std::int64_t checkpoint_steps(const Safetensors& file) {
  require(file.metadata.contains("kind") && file.metadata.at("kind") == "checkpoint", file.source,
          ": wanted a checkpoint of a training, got another file");
  const auto steps = parse_number<std::int64_t>(about(file, "steps"), file.source + ": steps");
  require(steps >= 0 && steps < std::numeric_limits<std::uint32_t>::max(), file.source,
          ": wanted a number of steps, got ", steps);
  return steps;
}

/// Returns the tensor `name` of a checkpoint.
/// @throws Error unless it has `size` finite numbers.
inline const std::vector<float>& finite_tensor(const Safetensors& file, const std::string& name, Index size) {
  const std::vector<float>& values = file.tensor(name, {size}).values;
  for (const float v : values)
    require(numeric::is_finite(v), file.source, ": tensor ", name, ": wanted finite numbers, got ", v);
  return values;
}

}  // namespace detail

/// State of every training: parameters, their gradient and Adam's moments. A training resumed from a checkpoint
/// continues to the same bits.
template <class Exec>
class AdamTraining {
 public:
  /// Starts a training from the given parameters.
  AdamTraining(Exec& exec, const std::vector<float>& weights)
      : exec_(exec),
        parameters_(exec.upload(weights)),
        gradient_(exec.template allocate<float>(parameters_.size())),
        adam_(Adam{}.make_state(exec, parameters_.size())) {}

  std::int64_t steps() const { return steps_; }
  /// The parameters, in the executor's memory.
  std::span<float> parameters() const { return parameters_.span(); }
  /// Memory of the executor for the gradient of the next step.
  std::span<float> gradient() const { return gradient_.span(); }
  Adam::State<Exec>& adam() { return adam_; }

  /// Key of the random numbers of the next step.
  RandomKey next_key() const { return {exec_.seed(), Stream::training, static_cast<std::uint32_t>(steps_ + 1)}; }

  /// Does one step of gradient ascent with the given learning rate.
  void ascend(double rate) {
    Adam{.rate = rate}.ascend(exec_, adam_, parameters_.span(), std::span<const float>(gradient_.span()));
    ++steps_;
  }

  /// Returns the state on which the next step depends.
  Safetensors checkpoint() const {
    Safetensors file;
    file.metadata["kind"] = "checkpoint";
    file.metadata["steps"] = std::to_string(steps_);
    for (const auto& [name, buffer] : state())
      file.tensors[name] = {{buffer->size()}, copy_to_host(exec_, std::span<const float>(buffer->span()))};
    return file;
  }

  /// Resumes from a checkpoint.
  /// @throws Error if the file is not a valid checkpoint of this network; the training is then unchanged.
  void resume(const Safetensors& file) {
    const std::int64_t steps = detail::checkpoint_steps(file);
    for (const auto& [name, buffer] : state()) detail::finite_tensor(file, name, buffer->size());
    for (const auto& [name, buffer] : state())
      exec_.copy(std::span<const float>(file.tensors.at(name).values), buffer->span());
    steps_ = steps;
    exec_.copy(std::span<const std::int64_t>(&steps_, 1), adam_.steps.span());
  }

 private:
  using Memory = Buffer<float, typename Exec::Space>;

  std::map<std::string, const Memory*> state() const {
    return {{"parameters", &parameters_},
            {"adam.first", &adam_.first},
            {"adam.second", &adam_.second},
            {"adam.residue", &adam_.residue}};
  }

  Exec& exec_;
  Memory parameters_, gradient_;
  Adam::State<Exec> adam_;
  std::int64_t steps_ = 0;
};

}  // namespace mace
