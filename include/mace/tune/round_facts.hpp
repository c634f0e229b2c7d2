// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "mace/backend/concept.hpp"
#include "mace/core/numeric.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// What one round came to, in the executor's memory: no decision about it is the host's, which may look at it later.
struct RoundFacts {
  ScoreSummary scores;
  float threshold = 0;           ///< the least log score of an elite; without elites infinity
  double effective_samples = 0;  ///< (sum w)^2 / sum w^2 over the elites; NaN if a weight is
  std::int32_t nans = 0;         ///< scores that were NaN and count as infeasible, where the options ask for that
  std::int32_t elites = 0;       ///< how many have a weight
  std::int32_t fits = 0;         ///< whether the model is fitted to them
  std::int32_t spoilt = 0;  ///< whether something was wrong in this round or in one before: the model stays as it is
  std::int32_t lost = 0;    ///< whether the fit left parameters that are not finite

  /// A little above zero is rounding; more is no logarithm of a score in (0, 1].
  static constexpr float highest_log_score = 1e-3f;
};

namespace detail {

/// Makes a score that is NaN that of an infeasible sample.
struct NanIsInfeasible {
  float* log_scores;
  MACE_HD void operator()(Index i) const {
    if (numeric::is_nan(log_scores[i])) log_scores[i] = -numeric::infinity;
  }
};

/// Notes how many scores were NaN before they were replaced.
struct NoteNans {
  RoundFacts* facts;
  MACE_HD void operator()(Index) const { facts->nans = facts->scores.nans; }
};

/// Judges a round whose elites are selected.
struct JudgeRound {
  const float* log_scores;
  const std::int32_t *elites, *found;
  const float* weights;
  Index places;  ///< of elites
  RoundFacts* facts;

  MACE_HD void operator()(Index) const {
    float threshold = numeric::infinity;
    double weight = 0, square = 0;
    for (Index e = 0; e < places; ++e) {
      const float w = weights[e];
      weight += static_cast<double>(w), square += static_cast<double>(w) * static_cast<double>(w);
      const float log_score = log_scores[elites[e]];
      if (w > 0 && log_score < threshold) threshold = log_score;
    }
    facts->threshold = threshold;
    facts->effective_samples = *found > 0 ? weight * weight / square : weight;
    facts->elites = *found;
    const bool usable =
        facts->scores.nans == 0 && facts->scores.best_log_score <= RoundFacts::highest_log_score && weight == weight;
    if (!usable) facts->spoilt = 1;
    facts->fits = *found > 0 && facts->spoilt == 0 ? 1 : 0;
    facts->lost = 0;
  }
};

/// Counts a round, for the random numbers of the next.
struct CountRound {
  std::uint32_t* rounds;
  MACE_HD void operator()(Index) const { ++*rounds; }
};

}  // namespace detail

}  // namespace mace
