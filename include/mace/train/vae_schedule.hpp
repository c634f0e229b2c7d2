// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "mace/core/error.hpp"
#include "mace/train/adam_training.hpp"

namespace mace {

/// How rate and beta_KL go over a training, as functions of the share of it that is done. The rate warms up and falls
/// to zero by a cosine; beta_KL begins small, or the latents fall silent before the decoder has a use for them.
struct VaeSchedule {
  double rate = 1e-3;
  double warm_up = 0.02;          ///< share of the training over which the rate rises
  double first_divergence = 0.5;  ///< share of beta_KL at the beginning
  double divergence_from = 0.3;   ///< when beta_KL begins to rise …
  double divergence_to = 0.6;     ///< … and when it is there

  std::int64_t rescale_every = 100;  ///< steps between two folds of the latents' scale, until divergence_to

  double rate_at(double done) const { return cosine_rate(rate, warm_up, done); }
  /// The share of beta_KL that counts: geometric between the two ends.
  double divergence_at(double done) const {
    const double way = std::clamp((done - divergence_from) / (divergence_to - divergence_from), 0.0, 1.0);
    return std::pow(first_divergence, 1.0 - way);
  }

  /// Itself. Errors: numbers that make no schedule.
  const VaeSchedule& checked() const {
    require(rate > 0 && std::isfinite(rate), "VaeSchedule: wanted a finite rate above 0, got ", rate);
    require(warm_up > 0 && warm_up <= 1 && first_divergence > 0 && first_divergence <= 1,
            "VaeSchedule: wanted warm_up and first_divergence in (0, 1], got ", warm_up, " and ", first_divergence);
    require(0 <= divergence_from && divergence_from < divergence_to && divergence_to <= 1,
            "VaeSchedule: wanted 0 <= divergence_from < divergence_to <= 1, got ", divergence_from, " and ",
            divergence_to);
    require(rescale_every > 0, "VaeSchedule: wanted rescale_every > 0, got ", rescale_every);
    return *this;
  }
};

}  // namespace mace
