// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "conditional_vae/model.hpp"
#include "mace/io/safetensors.hpp"
#include "mace/prior/prior_file.hpp"

namespace mace {

/// A trained conditional VAE as a file holds it: named tensors with PyTorch's shapes, and about them `task`, `network`,
/// and what the task's condition was made of in training, such as `fingers`.
struct ConditionalVaePrior {
  std::vector<float> weights;  ///< Shape::parameters numbers, the flat buffer
  std::map<std::string, std::string> about;
};

/// The file of a trained conditional VAE.
template <class Shape>
Safetensors conditional_vae_file(const ConditionalVaePrior& prior) {
  Safetensors file;
  file.metadata = prior.about;
  detail::put_tensors<Shape>(prior.weights, file);
  return file;
}

/// The prior in a file of this shape. Errors: a tensor that is missing, surplus, of another shape or not finite.
template <class Shape>
ConditionalVaePrior read_conditional_vae(const Safetensors& file) {
  return {detail::take_tensors<Shape>(file), file.metadata};
}

}  // namespace mace
