// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/io/safetensors.hpp"
#include "mace/model/latent_vae.hpp"
#include "mace/model/vae.hpp"
#include "mace/prior/metadata.hpp"
#include "mace/prior/prior_file.hpp"

namespace mace {

/// Contents of the file of a trained VAE: named tensors with PyTorch's shapes, and metadata with `task`, `network` and
/// `prior_sigma` and a record of the training.
struct VaePrior {
  std::vector<float> weights;                ///< flat buffer of Shape::parameters numbers
  float prior_sigma = 1;                     ///< standard deviation of the latents' prior
  std::map<std::string, std::string> about;  ///< metadata of the file
};

/// File of a trained VAE.
template <class Shape>
Safetensors vae_file(const VaePrior& prior) {
  Safetensors file;
  file.metadata = prior.about;
  file.metadata["prior_sigma"] = detail::number_text(prior.prior_sigma);
  detail::put_tensors<Shape>(prior.weights, file);
  return file;
}

/// Reads a prior of this shape.
/// @throws Error if a tensor is missing, surplus, of another shape or not finite, or prior_sigma is not a positive
///   number.
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

/// Loads a trained VAE as a model that samples the prior.
/// @param exec  executor of the model
/// @param path  the file
/// @throws Error if the file cannot be read, or as read_vae does.
template <class Shape, class Exec>
LatentVae<Exec, Shape> load_vae(Exec& exec, const std::filesystem::path& path) {
  const VaePrior prior = read_vae<Shape>(read_safetensors(path));
  return LatentVae<Exec, Shape>(exec, prior.weights, prior.prior_sigma);
}

/// Calls `use.template operator()<Shape>()` with the first of `Shapes` whose tensors the file has, for programs that
/// accept VAEs of several shapes.
/// @param file  the file
/// @param use   generic callable
/// @throws Error if the file has none of the shapes.
template <class... Shapes, class Use>
void with_vae_shape(const Safetensors& file, const Use& use) {
  const auto tried = [&]<class Shape>() {
    const bool same = detail::has_tensors_of<Shape>(file);
    if (same) use.template operator()<Shape>();
    return same;
  };
  require((tried.template operator()<Shapes>() || ...), file.source, ": wanted a VAE of one of ", sizeof...(Shapes),
          " shapes, got ", file.tensors.size(), " tensors that make none of them");
}

}  // namespace mace
