// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/core/numeric.hpp"
#include "mace/io/safetensors.hpp"
#include "mace/prior/metadata.hpp"

namespace mace {

/// Refuses a prior of another task.
/// @param file  the file
/// @param task  the expected task
/// @throws Error if the file is not a prior, or is one for another task.
inline void require_task(const Safetensors& file, const std::string& task) {
  const std::string& got = detail::about(file, "task");
  require(got == task, file.source, ": wanted a prior for the task \"", task, "\", got one for \"", got, "\"");
}

}  // namespace mace

namespace mace::detail {

/// Shape of a tensor in the file: [out, in] for weights, [out] for biases.
inline std::vector<Index> file_shape(const std::string& name, Index rows, Index cols) {
  return name.ends_with("weight") ? std::vector<Index>{cols, rows} : std::vector<Index>{rows};
}

/// Adds the tensors of a flat buffer to the file.
template <class Shape>
void put_tensors(std::span<const float> weights, Safetensors& file) {
  Shape::for_each_tensor(weights.data(), [&](const std::string& name, MatrixView<const float> values) {
    file.tensors[name] = {file_shape(name, values.rows(), values.cols()),
                          {values.data(), values.data() + values.size()}};
  });
}

/// True if the file has the tensors of this shape and no others.
template <class Shape>
bool has_tensors_of(const Safetensors& file) {
  std::size_t tensors = 0;
  bool same = true;
  const auto visit = [&](const std::string& name, MatrixView<const float> values) {
    const auto found = file.tensors.find(name);
    same = same && found != file.tensors.end() && found->second.shape == file_shape(name, values.rows(), values.cols());
    ++tensors;
  };
  const std::vector<float> flat(static_cast<std::size_t>(Shape::parameters));
  Shape::for_each_tensor(flat.data(), visit);
  return same && tensors == file.tensors.size() + file.other_types.size();
}

/// Flat buffer of the file's tensors.
/// @throws Error if a tensor is missing, surplus, of another shape or not finite.
template <class Shape>
std::vector<float> take_tensors(const Safetensors& file) {
  std::vector<float> weights(static_cast<std::size_t>(Shape::parameters));
  std::size_t tensors = 0;
  Shape::for_each_tensor(weights.data(), [&](const std::string& name, MatrixView<float> values) {
    const Tensor& tensor = file.tensor(name, file_shape(name, values.rows(), values.cols()));
    for (const float w : tensor.values)
      require(numeric::is_finite(w), file.source, ": tensor ", name, ": wanted finite weights, got ", w);
    std::copy(tensor.values.begin(), tensor.values.end(), values.data());
    ++tensors;
  });
  const std::size_t got = file.tensors.size() + file.other_types.size();
  require(got == tensors, file.source, ": wanted ", tensors, " tensors, got ", got);
  return weights;
}

}  // namespace mace::detail
