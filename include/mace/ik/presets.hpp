// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/posterior/posterior.hpp"

namespace mace {

/// Hyperparameters of the reaching task.
struct ReachPreset {
  /// Options of the Tuner.
  TunerOptions options;
  double rate = 0;                    ///< learning rate of Adam
  double meters_per_penetration = 0;  ///< Reach::meters_per_penetration
  double margin = 0;                  ///< Reach::margin, meters
  double width = 0;                   ///< Reach::width, meters
};

/// Hyperparameters of the paper (App. B).
/// @param cramped  true if obstacles leave little room around the goal, as in the paper's scene `box`
inline ReachPreset paper_reach(bool cramped) {
  if (cramped) return {{.samples = 4096, .quantile = 1.0 / 128, .rounds = 125, .steps_per_round = 4}, 1e-4};
  return {{.samples = 64, .quantile = 1.0 / 16, .rounds = 375, .steps_per_round = 4}, 2e-5};
}

/// Faster hyperparameters than the paper's, with larger steps, more elites and collisions graded by their depth. A
/// meter of penetration weighs so much that no sample gains by cutting through an obstacle that it cannot reach around.
/// @param cramped  true if obstacles leave little room around the goal, as in the paper's scene `box`
inline ReachPreset quick_reach(bool cramped) {
  if (cramped) return {{.samples = 1024, .quantile = 1.0 / 32, .rounds = 125, .steps_per_round = 16}, 1e-4, 3, 0.03};
  return {{.samples = 128, .quantile = 1.0 / 8, .rounds = 125, .steps_per_round = 4}, 7e-5, 20, 0.01};
}

/// Hyperparameters for samples of the posterior (not from the paper): few rounds of many samples. Sampling is cheap,
/// and half of each round is drawn from the prior, so that modes missing from the fitted model are not lost.
/// @param flat_prior  true for a flat prior (PosteriorOptions::flat_prior), which takes more rounds
inline ReachPreset posterior_reach(bool flat_prior) {
  return {{.samples = 200'000, .rounds = flat_prior ? 5 : 3, .steps_per_round = 100, .batches = 16}, 3e-4, 0, 0, 0.01};
}

/// Options of Posterior for a preset. The tempering exponent rises in one round as far as the effective sample size
/// stays at 2000 of 200,000 samples.
/// @param preset  options of the rounds, as in posterior_reach()
/// @param flat_prior  true for a flat prior (PosteriorOptions::flat_prior)
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
