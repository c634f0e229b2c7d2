// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mace/core/host_copy.hpp"
#include "mace/core/philox.hpp"

namespace mace {

/// Draws samples from a model to host memory. The random numbers are of the executor's seed and Stream::user, which
/// tuners do not use.
/// @param exec   the model's executor
/// @param model  the model
/// @param count  number of samples
/// @param round  selects the random numbers; equal rounds give equal samples
template <class Exec, class Model>
std::vector<typename Model::Sample> draw(Exec& exec, Model& model, Index count, std::uint32_t round = 0) {
  const auto samples = exec.template allocate<typename Model::Sample>(count);
  model.sample(exec, {exec.seed(), Stream::user, round}, samples.span());
  return copy_to_host(exec, std::span<const typename Model::Sample>(samples.span()));
}

}  // namespace mace
