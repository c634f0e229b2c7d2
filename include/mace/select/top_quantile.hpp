// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "mace/select/concept.hpp"

namespace mace {

/// Selects the K best of N samples, with equal weights (Alg. 1, line 5); with b batches the K / b best of each N / b
/// samples. Ties go to the lower index. If fewer than K samples are feasible, all of them are selected.
struct TopQuantile {
  /// Selects the elites; see select_elites for the arguments.
  template <class Exec>
  void operator()(Exec& exec, std::span<const float> log_scores, std::span<std::int32_t> workspace,
                  Elites<typename Exec::Space>& elites) const {
    const std::size_t part = log_scores.size() / static_cast<std::size_t>(elites.batches);
    exec.fill(elites.found.span(), 0);
    for (Index b = 0; b < elites.batches; ++b) {
      const std::size_t first = static_cast<std::size_t>(b) * part;
      const auto batch = static_cast<std::size_t>(b * elites.per_batch),
                 size = static_cast<std::size_t>(elites.per_batch);
      exec.top_k(log_scores.subspan(first, part), static_cast<std::int32_t>(first), workspace,
                 elites.indices.span().subspan(batch, size), elites.weights.span().subspan(batch, size),
                 elites.found.data());
    }
  }
};

}  // namespace mace
