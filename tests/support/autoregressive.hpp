// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "mace/core/philox.hpp"
#include "mace/model/autoregressive_shape.hpp"

namespace mace::test {

/// Weights of the order that training starts with, biases too; zero between the layers.
template <class Shape, class Real = float>
std::vector<Real> random_arm(std::uint32_t name) {
  std::vector<Real> weights(static_cast<std::size_t>(Shape::parameters));
  Random random({32, Stream::evaluation, 0}, name);
  Shape::for_each_tensor(weights.data(), [&](const std::string& tensor, MatrixView<Real> values) {
    const float scale = tensor.ends_with("weight") ? 1.0f / std::sqrt(static_cast<float>(values.rows())) : 0.5f;
    for (Index i = 0; i < values.size(); ++i) values.data()[i] = static_cast<Real>(scale * random.normal());
  });
  return weights;
}

}  // namespace mace::test
