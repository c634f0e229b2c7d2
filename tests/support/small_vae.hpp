// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "conditional_vae/model.hpp"
#include "mace/core/philox.hpp"
#include "mace/model/vae.hpp"

namespace mace::test {

/// For gradients by differences: 24 points, 3 latents, about a thousand weights.
using TinyVae = Vae<PointEncoder<Mlp<Activation::relu, 3, 8, 12>, Mlp<Activation::relu, 12, 10, 6>>,
                    Mlp<Activation::relu, 3, 8, 72>>;

/// The same on a condition of four features.
using TinyConditionalVae = ConditionalVae<TinyVae, 4>;

/// For whole runs: 64 points, 4 latents; large enough that a round's products are shared out among threads.
using SmallTestVae = Vae<PointEncoder<Mlp<Activation::relu, 3, 16, 24>, Mlp<Activation::relu, 24, 16, 8>>,
                         Mlp<Activation::relu, 4, 32, 192>>;

/// Weights of the scale that keeps a layer's outputs like its inputs, small biases; the gaps between layers zero.
template <class Shape>
std::vector<float> random_weights(std::uint32_t name) {
  std::vector<float> weights(static_cast<std::size_t>(Shape::parameters));
  Random random({31, Stream::evaluation, 0}, name);
  Shape::for_each_tensor(weights.data(), [&](const std::string& tensor, MatrixView<float> values) {
    const float scale = tensor.ends_with("weight") ? 1.0f / std::sqrt(static_cast<float>(values.rows())) : 0.1f;
    for (Index i = 0; i < values.size(); ++i) values.data()[i] = scale * random.normal();
  });
  return weights;
}

}  // namespace mace::test
