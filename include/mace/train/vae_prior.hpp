// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/io/safetensors.hpp"
#include "mace/model/vae.hpp"
#include "mace/train/metadata.hpp"

namespace mace {

/// A trained VAE as a file holds it: named tensors with PyTorch's shapes, and about them `task`, `network` and
/// `prior_sigma`, next to whatever the training wants to be remembered.
struct VaePrior {
  std::vector<float> weights;  ///< Shape::parameters numbers, the flat buffer
  float prior_sigma = 1;       ///< standard deviation of the latents' prior
  std::map<std::string, std::string> about;
};

namespace detail {

/// [out, in] of a weight, [out] of a bias.
inline std::vector<Index> file_shape(const std::string& name, Index rows, Index cols) {
  return name.ends_with("weight") ? std::vector<Index>{cols, rows} : std::vector<Index>{rows};
}

}  // namespace detail

/// The file of a trained VAE.
template <class Shape>
Safetensors vae_file(const VaePrior& prior) {
  Safetensors file;
  file.metadata = prior.about;
  file.metadata["prior_sigma"] = detail::number_text(prior.prior_sigma);
  Shape::for_each_tensor(prior.weights.data(), [&](const std::string& name, MatrixView<const float> values) {
    file.tensors[name] = {detail::file_shape(name, values.rows(), values.cols()),
                          {values.data(), values.data() + values.size()}};
  });
  return file;
}

/// Which network a prior's file holds ("small", "paper"). Errors: not a prior, or one of another task than `task`.
inline std::string network_of(const Safetensors& file, const std::string& task) {
  const std::string& got = detail::about(file, "task");
  require(got == task, file.source, ": wanted a prior for the task \"", task, "\", got one for \"", got, "\"");
  return detail::about(file, "network");
}

/// The prior in a file of this shape. Errors: a tensor that is missing, surplus, of another shape or not finite; a
/// prior_sigma that is no positive number.
template <class Shape>
VaePrior read_vae(const Safetensors& file) {
  VaePrior prior;
  prior.about = file.metadata;
  prior.weights.resize(static_cast<std::size_t>(Shape::parameters));
  std::size_t tensors = 0;
  Shape::for_each_tensor(prior.weights.data(), [&](const std::string& name, MatrixView<float> values) {
    const Tensor& tensor = file.tensor(name, detail::file_shape(name, values.rows(), values.cols()));
    for (const float w : tensor.values)
      require(numeric::is_finite(w), file.source, ": tensor ", name, ": wanted finite weights, got ", w);
    std::copy(tensor.values.begin(), tensor.values.end(), values.data());
    ++tensors;
  });
  require(file.tensors.size() == tensors, file.source, ": wanted ", tensors, " tensors, got ", file.tensors.size());
  const std::string& sigma = detail::about(file, "prior_sigma");
  prior.prior_sigma = detail::parse_number<float>(sigma, file.source + ": prior_sigma");
  require(prior.prior_sigma > 0 && numeric::is_finite(prior.prior_sigma), file.source,
          ": wanted a finite prior_sigma above 0, got ", prior.prior_sigma);
  return prior;
}

}  // namespace mace
