// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

#include "mace/core/error.hpp"
#include "mace/select/concept.hpp"

namespace mace {

/// Options of a Tuner, the hyperparameters of Alg. 1.
struct TunerOptions {
  Index samples = 256;         ///< N, samples per round
  double quantile = 1.0 / 16;  ///< q: the best floor(q N) samples are the elites
  Index rounds = 100;          ///< T, maximum number of rounds
  Index steps_per_round = 32;  ///< M, gradient steps per round
  Index batches = 1;           ///< with 2, each step uses half of the round, which has its own elites (paper, App. A)
  Index max_infeasible_rounds = 10;  ///< Tuner::run throws after this many consecutive rounds without a feasible sample
  /// Meaning of a NaN score, by which a simulator or score reports a failure. False: Tuner::run throws. True: the
  /// sample is infeasible and is counted in Report::nan_share.
  bool nan_is_infeasible = false;

  /// Validates the options and returns `*this`.
  /// @throws Error unless samples, steps_per_round and max_infeasible_rounds are positive, rounds is not negative,
  ///   quantile is in (0, 1], batches divides samples, and every batch has the same positive number of elites.
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
