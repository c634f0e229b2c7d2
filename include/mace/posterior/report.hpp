// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <vector>

#include "mace/tune/report.hpp"

namespace mace {

/// How far a run came.
enum class PosteriorStatus {
  reached,   ///< the score counts in full; how many samples say so, and whether a mode was never met, is another matter
  tempered,  ///< the rounds were over at a power below 1: the samples are of prior times score^power, which is wider
  /// No sample could have scored, in max_infeasible_rounds or in all: the prior does not reach the observation.
  impossible,
  /// The model's densities are no numbers: a fit that went astray (a smaller rate may help), or a point as the prior.
  degenerate
};

/// A status as a word.
inline const char* status_name(PosteriorStatus status) {
  switch (status) {
    case PosteriorStatus::reached:
      return "reached";
    case PosteriorStatus::tempered:
      return "tempered";
    case PosteriorStatus::impossible:
      return "impossible";
    case PosteriorStatus::degenerate:
      break;
  }
  return "degenerate";
}

/// What a run came to.
struct PosteriorReport {
  PosteriorStatus status = PosteriorStatus::impossible;
  double power = 0;              ///< of the score in what the samples are of; 1 is the posterior
  double effective_samples = 0;  ///< how many samples of equal weight they are worth
  /// Logarithm of the mean of score^power over the prior; with a flat prior, at a power of 1, of the score's integral.
  double log_evidence = -std::numeric_limits<double>::infinity();
  Index rounds = 0;
  Index steps = 0;
  bool stopped = false;  ///< an observer ended the run
  double nan_share = 0;  ///< share of all samples whose score was NaN; above 0 only with nan_is_infeasible
  PhaseSeconds seconds;
  std::vector<RoundRecord> history;
};

}  // namespace mace
