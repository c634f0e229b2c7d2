// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "mace/core/view.hpp"

namespace mace {

/// What one round came to: a few scalars, so that observers cost nothing.
struct RoundRecord {
  Index round = 0;       ///< from 0
  Index rounds = 0;      ///< of how many at the most
  float mean_score = 0;  ///< of the round's samples, in [0, 1]; of a Posterior as a share of the best score so far
  float best_score = 0;
  float threshold = 0;  ///< delta of Alg. 1: the least score of an elite
  /// How many were found; 0: the round was infeasible and changed nothing. Of a Posterior: the samples so far that are
  /// possible.
  Index elites = 0;
  /// How many elites of equal weight would tell the fit as much: (sum w)^2 / sum w^2, between 1 and `elites`.
  double effective_samples = 0;
  double nan_share = 0;  ///< share of the round's samples whose score was NaN (TunerOptions::nan_is_infeasible)
  double seconds = 0;    ///< since the run began
  double power = 1;      ///< of the score in what is sampled; below 1 a Posterior is on its way
};

/// Wall-clock seconds by line of Alg. 1; of a Posterior, and of a device, whose stages the host does not wait for,
/// in total only.
struct PhaseSeconds {
  double total = 0, sample = 0, simulate = 0, score = 0, select = 0, fit = 0;
};

/// What a run of the tuner did.
struct Report {
  Index rounds = 0;             ///< run
  Index steps = 0;              ///< gradient steps taken
  Index infeasible_rounds = 0;  ///< in which no sample was possible
  bool stopped = false;         ///< an observer ended the run
  Index replayed = 0;           ///< rounds that a device replayed from its recording
  double nan_share = 0;         ///< share of all samples whose score was NaN; above 0 only with nan_is_infeasible
  PhaseSeconds seconds;
  std::vector<RoundRecord> history;  ///< one record a round
};

/// What an observer that asks for more than the record sees; valid during the call.
template <class Sample>
struct Snapshot {
  std::span<const float> parameters;  ///< that the samples were drawn with: theta_{t-1}
  std::span<const Sample> samples;
  std::span<const float> log_scores;
};

/// Tells an observer; whether it ends the run, which one that returns nothing does not.
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
