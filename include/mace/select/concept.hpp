// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <span>

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
        weights(exec.template allocate<float>(per_batch_ * batches_)),
        found(exec.template allocate<std::int32_t>(1)) {}

  Index per_batch, batches;
  Buffer<std::int32_t, Space> indices;  ///< [per_batch, batches]: which sample; always a sample of the round
  Buffer<float, Space> weights;         ///< [per_batch, batches]: sums to one in each batch that has elites
  Buffer<std::int32_t, Space> found;    ///< [1]: how many have a weight; 0: an infeasible round
};

/// K = floor(q N), the number of elites among N samples.
inline Index elite_count(Index samples, double quantile) {
  // A quantile like 0.29 is slightly less than it reads; the nudge gives 29 of 100.
  return static_cast<Index>(std::floor(quantile * static_cast<double>(samples) + 1e-9));
}

/// Selects elites by their scores alone. A log score of minus infinity means impossible and is never selected.
template <class S, class Exec>
concept Selector = requires(const S& select, Exec& exec, std::span<const float> log_scores,
                            Elites<typename Exec::Space>& elites, std::span<std::int32_t> workspace) {
  select(exec, log_scores, workspace, elites);
};

/// Selects elites, or weighs them, by the samples and the model that they were drawn from too. It may own memory, which
/// it takes in `reserve(exec, samples, elites)`, and refuse numbers that it cannot work with there.
template <class S, class Exec, class Model>
concept SampleSelector = requires(S& select, Exec& exec, Model& model, std::span<const typename Model::Sample> samples,
                                  std::span<const float> log_scores, std::span<std::int32_t> workspace,
                                  Elites<typename Exec::Space>& elites) {
  select.reserve(exec, Index{}, Index{});
  select(exec, model, samples, log_scores, workspace, elites);
};

/// Alg. 1, line 5: which samples the model, as it is, is fitted to.
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
