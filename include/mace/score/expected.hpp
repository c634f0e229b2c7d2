// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/draws.hpp"
#include "mace/core/numeric.hpp"
#include "mace/core/softmax.hpp"
#include "mace/score/concept.hpp"

namespace mace {

/// The logarithm of the mean score of the outcomes that Expected draws: an estimate of the score's expectation without
/// bias, so a posterior by it is that of the expectation (Andrieu and Roberts, "The pseudo-marginal approach", 2009).
/// The mean of the logarithms would be another thing, and minus infinity if one draw is impossible.
template <OutcomeScore Score, int Count>
struct ExpectedScore {
  using Outcome = Draws<typename Score::Outcome, Count>;
  Score score;

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
