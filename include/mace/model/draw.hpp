// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mace/core/host_copy.hpp"
#include "mace/core/philox.hpp"

namespace mace {

/// Draws from a model as it is now, onto the host. The random numbers are the executor's seed's, of Stream::user, so
/// they are none that a tuner has used.
/// @param exec   the model's executor
/// @param model  what is drawn from
/// @param count  how many samples
/// @param round  another one gives other samples; the same one the same again
template <class Exec, class Model>
std::vector<typename Model::Sample> draw(Exec& exec, Model& model, Index count, std::uint32_t round = 0) {
  const auto samples = exec.template allocate<typename Model::Sample>(count);
  model.sample(exec, {exec.seed(), Stream::user, round}, samples.span());
  return copy_to_host(exec, std::span<const typename Model::Sample>(samples.span()));
}

}  // namespace mace
