// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

#include "mace/core/error.hpp"
#include "mace/select/concept.hpp"

namespace mace {

/// The numbers of Alg. 1.
struct TunerOptions {
  Index samples = 256;               ///< N, drawn a round
  double quantile = 1.0 / 16;        ///< q: the best floor(q N) are the elites
  Index rounds = 100;                ///< T, at the most
  Index steps_per_round = 32;        ///< M, gradient steps
  Index batches = 1;                 ///< 2: each step sees half of the round, with elites of its own (paper, App. A)
  Index max_infeasible_rounds = 10;  ///< so many rounds without a possible sample, one after the other, are an error
  /// What a simulator or score that fails, and says so by NaN, means: false: an error; true: the sample is infeasible,
  /// and Report::nan_share tells how many were.
  bool nan_is_infeasible = false;

  /// Itself. Errors: numbers that make no round.
  const TunerOptions& checked() const {
    require(samples > 0 && samples <= std::numeric_limits<std::int32_t>::max(),
            "TunerOptions: wanted samples > 0, got ", samples);
    require(quantile > 0 && quantile <= 1, "TunerOptions: wanted a quantile in (0, 1], got ", quantile);
    require(rounds >= 0 && steps_per_round > 0, "TunerOptions: wanted rounds >= 0 and steps_per_round > 0, got ",
            rounds, " and ", steps_per_round);
    require(max_infeasible_rounds > 0, "TunerOptions: wanted max_infeasible_rounds > 0, got ", max_infeasible_rounds);
    require(batches > 0 && samples % batches == 0, "TunerOptions: wanted batches that divide ", samples,
            " samples, got ", batches);
    const Index elites = elite_count(samples, quantile);
    require(elites > 0 && elites % batches == 0, "TunerOptions: wanted at least one elite in each of ", batches,
            " batches and the same number in all, got floor(", quantile, " * ", samples, ") = ", elites);
    return *this;
  }
};

}  // namespace mace
