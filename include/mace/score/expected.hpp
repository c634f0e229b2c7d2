// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/draws.hpp"
#include "mace/core/numeric.hpp"
#include "mace/core/softmax.hpp"
#include "mace/score/concept.hpp"

namespace mace {

/// Log of the mean score over the outcomes that Expected draws. The mean is an unbiased estimate of the expected score,
/// so a posterior under it is the posterior under the expectation (Andrieu and Roberts, "The pseudo-marginal approach",
/// 2009). The mean of the log scores has another expectation, and is minus infinity if a single draw is infeasible.
template <OutcomeScore Score, int Count>
struct ExpectedScore {
  using Outcome = Draws<typename Score::Outcome, Count>;
  Score score;  ///< score of one outcome

  /// Returns the log of the mean score; NaN if one score is NaN.
  MACE_HD float operator()(const Outcome& outcome) const {
    float log_scores[Count], largest = -numeric::infinity;
    for (int r = 0; r < Count; ++r) {
      log_scores[r] = score(outcome.of[r]);
      if (numeric::is_nan(log_scores[r])) return numeric::not_a_number;
      largest = log_scores[r] > largest ? log_scores[r] : largest;
    }
    if (largest == -numeric::infinity) return largest;
    return softmax::log_sum(log_scores, Count) - numeric::log(static_cast<float>(Count));
  }
};

}  // namespace mace
