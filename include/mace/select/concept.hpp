// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <span>

#include "mace/core/buffer.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// The elites of a round, to which the model is fitted, in one or more batches that the gradient steps use in turn.
template <class Space>
struct Elites {
  /// Allocates the elites in the executor's memory.
  /// @param exec        the executor
  /// @param per_batch_  elites per batch
  /// @param batches_    number of batches
  template <class Exec>
  Elites(Exec& exec, Index per_batch_, Index batches_)
      : per_batch(per_batch_),
        batches(batches_),
        indices(exec.template allocate<std::int32_t>(per_batch_ * batches_)),
        weights(exec.template allocate<float>(per_batch_ * batches_)),
        found(exec.template allocate<std::int32_t>(1)) {}

  Index per_batch, batches;  ///< elites per batch, number of batches
  /// [per_batch, batches]: index of each elite in the round; valid even if its weight is 0.
  Buffer<std::int32_t, Space> indices;
  Buffer<float, Space> weights;       ///< [per_batch, batches]: weights, which sum to one in each batch that has elites
  Buffer<std::int32_t, Space> found;  ///< [1]: number of elites with a positive weight; 0 in an infeasible round
};

/// K = floor(q N), the number of elites.
/// @param samples   N
/// @param quantile  q, in (0, 1]
inline Index elite_count(Index samples, double quantile) {
  // 0.29 is stored as a slightly smaller number; the tolerance keeps 29 of 100 samples.
  return static_cast<Index>(std::floor(quantile * static_cast<double>(samples) + 1e-9));
}

/// A selector that chooses the elites by their scores only. Infeasible samples, whose log score is minus infinity, are
/// never selected.
template <class S, class Exec>
concept Selector = requires(const S& select, Exec& exec, std::span<const float> log_scores,
                            Elites<typename Exec::Space>& elites, std::span<std::int32_t> workspace) {
  select(exec, log_scores, workspace, elites);
};

/// A selector that chooses or weights the elites by the samples and their model as well. `reserve(exec, samples,
/// elites)` allocates its memory, and may throw for sizes that it does not support.
template <class S, class Exec, class Model>
concept SampleSelector = requires(S& select, Exec& exec, Model& model, std::span<const typename Model::Sample> samples,
                                  std::span<const float> log_scores, std::span<std::int32_t> workspace,
                                  Elites<typename Exec::Space>& elites) {
  select.reserve(exec, Index{}, Index{});
  select(exec, model, samples, log_scores, workspace, elites);
};

/// Alg. 1, line 5: selects the elites.
/// @param exec        the executor
/// @param select      a Selector or SampleSelector
/// @param model       the model that drew the samples
/// @param samples     samples of the round [N]
/// @param log_scores  their log scores [N]
/// @param workspace   scratch memory [N]
/// @param elites      receives the indices and weights
template <class Exec, class S, class Model>
void select_elites(Exec& exec, S& select, Model& model, std::span<const typename Model::Sample> samples,
                   std::span<const float> log_scores, std::span<std::int32_t> workspace,
                   Elites<typename Exec::Space>& elites) {
  if constexpr (SampleSelector<S, Exec, Model>)
    select(exec, model, samples, log_scores, workspace, elites);
  else
    select(exec, log_scores, workspace, elites);
}

}  // namespace mace
