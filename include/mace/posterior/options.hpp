// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

#include "mace/core/error.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// Options of a Posterior.
struct PosteriorOptions {
  Index samples = 1000;         ///< N, samples per round
  Index rounds = 20;            ///< T, maximum number of rounds
  Index fitted = 1024;          ///< samples per fit, resampled from all rounds by weight; larger models need more
  Index batches = 4;            ///< batches of the fitted samples, used in turn by the gradient steps
  Index steps_per_round = 100;  ///< gradient steps per round
  /// Share of a round that is drawn from the prior, which bounds the weights. Increase it if there are many modes.
  double defensive = 0.1;
  /// The tempering exponent rises while the effective sample size is at least this share of N.
  double least_effective = 0.5;
  /// Replaces the prior in the target by a flat one over the model's support; the initial model is then only the first
  /// proposal. For models that stand in for uniform samples. At tempering exponent b the target is prior^(1 - b)
  /// score^b. The weights are then not bounded, and the score must be integrable over the model's support.
  bool flat_prior = false;
  Index max_infeasible_rounds = 10;  ///< the run ends if this many first rounds have no feasible sample
  /// Meaning of a NaN score. False: Posterior::run throws. True: the sample is infeasible and is counted in
  /// PosteriorReport::nan_share.
  bool nan_is_infeasible = false;

  /// Validates the options and returns `*this`.
  /// @throws Error unless samples, rounds, steps_per_round and max_infeasible_rounds are positive, the run has at most
  ///   2^31 samples, batches divides fitted, defensive is in (0, 1), and least_effective is in (0, 1].
  const PosteriorOptions& checked() const {
    require(samples > 0 && rounds > 0 && samples <= std::numeric_limits<std::int32_t>::max() / rounds,
            "PosteriorOptions: wanted samples and rounds above 0 and at most 2^31 samples in all, got ", samples,
            " and ", rounds);
    require(batches > 0 && fitted > 0 && fitted % batches == 0 && steps_per_round > 0,
            "PosteriorOptions: wanted steps_per_round > 0 and batches that divide the fitted samples, got ",
            steps_per_round, " steps and ", batches, " batches of ", fitted);
    require(defensive > 0 && defensive < 1, "PosteriorOptions: wanted a defensive share in (0, 1), got ", defensive);
    require(least_effective > 0 && least_effective <= 1, "PosteriorOptions: wanted least_effective in (0, 1], got ",
            least_effective);
    require(max_infeasible_rounds > 0, "PosteriorOptions: wanted max_infeasible_rounds > 0, got ",
            max_infeasible_rounds);
    return *this;
  }
};

}  // namespace mace
