// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

#include "mace/core/error.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// The numbers of a Posterior.
struct PosteriorOptions {
  Index samples = 1000;          ///< N, drawn a round
  Index rounds = 20;             ///< T, at the most
  Index fitted = 1024;           ///< samples for a fit, drawn from all so far by their weights; more for larger models
  Index batches = 4;             ///< that those take turns in
  Index steps_per_round = 100;   ///< gradient steps
  double defensive = 0.1;        ///< share of a round drawn from the prior: bounds the weights; more for many modes
  double least_effective = 0.5;  ///< the power rises while the samples so far are worth this share of N
  /// The target's prior is flat, over whatever the model can draw, and the model as it was only proposes: for one that
  /// stands in for uniform samples. At a power of b the target is prior^(1 - b) score^b. Nothing bounds the weights
  /// then, and the score must have an integral over all that the model can draw.
  bool flat_prior = false;
  Index max_infeasible_rounds = 10;  ///< so many rounds without a possible sample at the beginning end the run
  /// A score of NaN: false: an error; true: the sample is infeasible, and PosteriorReport::nan_share tells how many
  /// were.
  bool nan_is_infeasible = false;

  /// Itself. Errors: numbers that make no round.
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
