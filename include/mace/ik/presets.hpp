// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/posterior/posterior.hpp"

namespace mace {

/// Hyper-parameters of the reaching task.
struct ReachPreset {
  TunerOptions options;
  double rate = 0;                    ///< Adam's
  double meters_per_penetration = 0;  ///< of the score (Reach), as is the next
  double margin = 0;
  double width = 0;
};

/// The paper's (App. B).
/// @param cramped  whether obstacles leave little room around the goal, as the paper's `box` does
inline ReachPreset paper_reach(bool cramped) {
  if (cramped) return {{.samples = 4096, .quantile = 1.0 / 128, .rounds = 125, .steps_per_round = 4}, 1e-4};
  return {{.samples = 64, .quantile = 1.0 / 16, .rounds = 375, .steps_per_round = 4}, 2e-5};
}

/// Faster ones: larger steps, more elites, and collisions are graded by their depth. A meter of penetration counts so
/// much that no sample gains by cutting through an obstacle that it cannot reach around.
/// @param cramped  as for paper_reach
inline ReachPreset quick_reach(bool cramped) {
  if (cramped) return {{.samples = 1024, .quantile = 1.0 / 32, .rounds = 125, .steps_per_round = 16}, 1e-4, 3, 0.03};
  return {{.samples = 128, .quantile = 1.0 / 8, .rounds = 125, .steps_per_round = 4}, 7e-5, 20, 0.01};
}

/// Ours for samples of the posterior: few rounds of many samples. A draw is cheap, and half of a round is from the
/// prior, so that no mode gets lost that the fitted model does not know. A flat prior is some rounds further away.
inline ReachPreset posterior_reach(bool flat_prior) {
  return {{.samples = 200'000, .rounds = flat_prior ? 5 : 3, .steps_per_round = 100, .batches = 16}, 3e-4, 0, 0, 0.01};
}

/// What Posterior makes of a preset's rounds. The power rises at once to where 2000 of 200,000 samples are effective.
inline PosteriorOptions posterior_options(const TunerOptions& preset, bool flat_prior) {
  return {.samples = preset.samples,
          .rounds = preset.rounds,
          .fitted = 512 * preset.batches,
          .batches = preset.batches,
          .steps_per_round = preset.steps_per_round,
          .defensive = 0.5,
          .least_effective = 0.01,
          .flat_prior = flat_prior};
}

}  // namespace mace
