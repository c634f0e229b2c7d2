// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <vector>

#include "mace/tune/report.hpp"

namespace mace {

/// Status of a Posterior run.
enum class PosteriorStatus {
  /// The tempering exponent is 1. The effective sample size tells how good the samples are; modes may still be missing.
  reached,
  /// The run ended at a tempering exponent below 1: the samples are of prior times score^power, which is wider.
  tempered,
  /// No feasible sample in the first max_infeasible_rounds rounds, or in all: the prior does not reach the observation.
  infeasible,
  /// A density of the model is NaN or infinite: a fit diverged (try a smaller rate), or the prior is a point.
  degenerate
};

/// Name of a status.
inline const char* status_name(PosteriorStatus status) {
  switch (status) {
    case PosteriorStatus::reached:
      return "reached";
    case PosteriorStatus::tempered:
      return "tempered";
    case PosteriorStatus::infeasible:
      return "infeasible";
    case PosteriorStatus::degenerate:
      break;
  }
  return "degenerate";
}

/// Result of Posterior::run.
struct PosteriorReport {
  PosteriorStatus status = PosteriorStatus::infeasible;  ///< how the run ended
  double power = 0;              ///< tempering exponent of the score in the samples' distribution; 1 for the posterior
  double effective_samples = 0;  ///< effective sample size of the weights
  /// Log marginal likelihood: the log of the mean of score^power over the prior. With a flat prior, at an exponent of
  /// 1, the log of the score's integral.
  double log_evidence = -std::numeric_limits<double>::infinity();
  Index rounds = 0;                  ///< rounds run
  Index steps = 0;                   ///< gradient steps taken
  bool stopped = false;              ///< true if an observer ended the run
  double nan_share = 0;              ///< fraction of all samples with a NaN score; 0 unless nan_is_infeasible
  PhaseSeconds seconds;              ///< wall-clock time; only the total
  std::vector<RoundRecord> history;  ///< one record per round
};

}  // namespace mace
