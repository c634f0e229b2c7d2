// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "mace/backend/concept.hpp"
#include "mace/core/numeric.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// Summary of one round in the executor's memory. The device decides on it without the host, which reads it later.
struct RoundFacts {
  ScoreSummary scores;           ///< summary of all samples' scores
  float threshold = 0;           ///< lowest log score of an elite; infinity without elites
  double effective_samples = 0;  ///< (sum w)^2 / sum w^2 over the elites; NaN if a weight is NaN
  std::int32_t nans = 0;         ///< NaN scores that count as infeasible (TunerOptions::nan_is_infeasible)
  std::int32_t elites = 0;       ///< elites with a positive weight
  std::int32_t fits = 0;         ///< 1 if the model is fitted in this round
  std::int32_t spoilt = 0;       ///< 1 if this or an earlier round was invalid: the model stays unchanged from then on
  std::int32_t lost = 0;         ///< 1 if the fit left parameters that are not finite

  /// Scores must be in (0, 1]; a log score up to this value is attributed to rounding.
  static constexpr float highest_log_score = 1e-3f;
};

namespace detail {

/// Replaces a NaN score by that of an infeasible sample.
struct NanIsInfeasible {
  float* log_scores;
  MACE_HD void operator()(Index i) const {
    if (numeric::is_nan(log_scores[i])) log_scores[i] = -numeric::infinity;
  }
};

/// Stores the number of NaN scores before they are replaced.
struct NoteNans {
  RoundFacts* facts;
  MACE_HD void operator()(Index) const { facts->nans = facts->scores.nans; }
};

/// Computes the facts of a round after its selection, and whether the model is fitted.
struct JudgeRound {
  const float* log_scores;
  const std::int32_t *elites, *found;
  const float* weights;
  Index places;  ///< number of elite slots
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

/// Increments the round counter, which selects the random numbers of the next round.
struct CountRound {
  std::uint32_t* rounds;
  MACE_HD void operator()(Index) const { ++*rounds; }
};

}  // namespace detail

}  // namespace mace
