// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/io/safetensors.hpp"
#include "mace/model/vae.hpp"
#include "mace/prior/metadata.hpp"
#include "mace/prior/prior_file.hpp"

namespace mace {

/// A trained VAE as a file holds it: named tensors with PyTorch's shapes, and about them `task`, `network` and
/// `prior_sigma`, next to whatever the training wants to be remembered.
struct VaePrior {
  std::vector<float> weights;  ///< Shape::parameters numbers, the flat buffer
  float prior_sigma = 1;       ///< standard deviation of the latents' prior
  std::map<std::string, std::string> about;
};

/// The file of a trained VAE.
template <class Shape>
Safetensors vae_file(const VaePrior& prior) {
  Safetensors file;
  file.metadata = prior.about;
  file.metadata["prior_sigma"] = detail::number_text(prior.prior_sigma);
  detail::put_tensors<Shape>(prior.weights, file);
  return file;
}

/// The prior in a file of this shape. Errors: a tensor that is missing, surplus, of another shape or not finite; a
/// prior_sigma that is no positive number.
template <class Shape>
VaePrior read_vae(const Safetensors& file) {
  VaePrior prior;
  prior.about = file.metadata;
  prior.weights = detail::take_tensors<Shape>(file);
  const std::string& sigma = detail::about(file, "prior_sigma");
  prior.prior_sigma = detail::parse_number<float>(sigma, file.source + ": prior_sigma");
  require(prior.prior_sigma > 0 && numeric::is_finite(prior.prior_sigma), file.source,
          ": wanted a finite prior_sigma above 0, got ", prior.prior_sigma);
  return prior;
}

}  // namespace mace
