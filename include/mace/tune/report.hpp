// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "mace/core/view.hpp"

namespace mace {

/// Summary of one round, small enough that observers cost nothing.
struct RoundRecord {
  Index round = 0;   ///< index of the round, from 0
  Index rounds = 0;  ///< maximum number of rounds
  /// Mean score of the round's samples, in [0, 1]. A Posterior reports it relative to its best score so far.
  float mean_score = 0;
  float best_score = 0;  ///< best score of the round's samples, on the same scale
  float threshold = 0;   ///< delta of Alg. 1: the lowest score of an elite; unused by a Posterior
  /// Number of elites found; 0 if the round was infeasible and left the model unchanged. A Posterior reports the number
  /// of feasible samples so far.
  Index elites = 0;
  /// Effective sample size of the elites' weights: (sum w)^2 / sum w^2, between 1 and `elites`.
  double effective_samples = 0;
  double nan_share = 0;  ///< fraction of the round's samples with a NaN score (TunerOptions::nan_is_infeasible)
  double seconds = 0;    ///< seconds since the run began
  /// Tempering exponent of the score in the sampled distribution; below 1 while a Posterior is tempered.
  double power = 1;
};

/// Wall-clock time of a run by stage of Alg. 1, seconds. Only `total` is measured for a Posterior and on a device,
/// where the host does not wait for the stages.
struct PhaseSeconds {
  /// Seconds in total and by stage.
  double total = 0, sample = 0, simulate = 0, score = 0, select = 0, fit = 0;
};

/// Result of Tuner::run.
struct Report {
  Index rounds = 0;                  ///< rounds run
  Index steps = 0;                   ///< gradient steps taken
  Index infeasible_rounds = 0;       ///< rounds without a feasible sample
  bool stopped = false;              ///< true if an observer ended the run
  Index replayed = 0;                ///< rounds that a device replayed from a recording
  double nan_share = 0;              ///< fraction of all samples with a NaN score; 0 unless nan_is_infeasible
  PhaseSeconds seconds;              ///< wall-clock time by stage
  std::vector<RoundRecord> history;  ///< one record per round
};

/// A round as an observer with a Snapshot argument sees it, in host memory; valid during the call.
template <class Sample>
struct Snapshot {
  std::span<const float> parameters;  ///< theta_{t-1}, from which the samples were drawn
  std::span<const Sample> samples;    ///< [N]
  std::span<const float> log_scores;  ///< [N]
};

/// Calls an observer and returns whether it ends the run; an observer that returns nothing never does.
/// @param observer  the observer
/// @param seen      its arguments
template <class Observer, class... Seen>
bool tell(Observer& observer, const Seen&... seen) {
  if constexpr (std::same_as<std::invoke_result_t<Observer&, const Seen&...>, void>) {
    observer(seen...);
    return false;
  } else {
    return static_cast<bool>(observer(seen...));
  }
}

}  // namespace mace
