// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "mace/backend/block.hpp"
#include "mace/backend/concept.hpp"

namespace mace {

namespace detail {

/// One block computes the ScoreSummary of a round.
struct SummaryBlock {
  static constexpr int threads = 256;
  const float* log_scores;
  Index count;
  ScoreSummary* out;

  struct Part {
    double sum;
    float best;
    std::int32_t nans;
  };
  static std::size_t shared_bytes() { return threads * sizeof(Part); }

  template <ThreadBlock Block>
  MACE_HD void operator()(Block& block, Index, void* shared) const {
    auto* const parts = static_cast<Part*>(shared);
    Part mine{0, -numeric::infinity, 0};
    for (Index i = block.thread(); i < count; i += block.threads()) {
      const float log_score = log_scores[i];
      mine.sum += static_cast<double>(numeric::exp(log_score));
      mine.best = log_score > mine.best ? log_score : mine.best;
      mine.nans += numeric::is_nan(log_score) ? 1 : 0;
    }
    parts[block.thread()] = mine;
    combine_block(block, parts, [](const Part& a, const Part& b) {
      return Part{a.sum + b.sum, a.best > b.best ? a.best : b.best, a.nans + b.nans};
    });
    if (block.thread() == 0)
      *out = {static_cast<float>(parts[0].sum / static_cast<double>(count)), parts[0].best, parts[0].nans};
  }
};

}  // namespace detail

}  // namespace mace
