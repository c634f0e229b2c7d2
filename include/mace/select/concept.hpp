// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "mace/core/buffer.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// The samples of a round that the model is fitted to, in one or more batches that take turns in the gradient steps.
template <class Space>
struct Elites {
  template <class Exec>
  Elites(Exec& exec, Index per_batch_, Index batches_)
      : per_batch(per_batch_),
        batches(batches_),
        indices(exec.template allocate<std::int32_t>(per_batch_ * batches_)),
        weights(exec.template allocate<float>(per_batch_ * batches_)) {}

  Index per_batch, batches;
  Buffer<std::int32_t, Space> indices;  ///< [per_batch, batches]: which sample; always a sample of the round
  Buffer<float, Space> weights;         ///< [per_batch, batches]: sums to one in each batch that has elites
  std::int32_t found = 0;               ///< how many have a weight; 0: a barren round
};

/// K = floor(q N), the number of elites among N samples.
inline Index elite_count(Index samples, double quantile) {
  // A quantile like 0.29 is slightly less than it reads; the nudge gives 29 of 100.
  return static_cast<Index>(std::floor(quantile * static_cast<double>(samples) + 1e-9));
}

/// Selects elites: `select(exec, log_scores, elites)`. A log score of minus infinity means impossible and is never selected.
template <class S, class Exec>
concept Selector = requires(const S& select, Exec& exec, std::span<const float> log_scores,
                            Elites<typename Exec::Space>& elites, std::span<std::int32_t> workspace) {
  select(exec, log_scores, workspace, elites);
};

}  // namespace mace
