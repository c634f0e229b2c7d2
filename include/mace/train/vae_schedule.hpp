// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "mace/core/error.hpp"
#include "mace/train/adam_training.hpp"

namespace mace {

/// Schedule of the learning rate and of beta_KL as functions of the completed fraction of a training. The rate warms up
/// and decays to 0 by a cosine. beta_KL starts small to prevent posterior collapse before the decoder uses the latents.
struct VaeSchedule {
  double rate = 1e-3;             ///< peak learning rate
  double warm_up = 0.02;          ///< fraction of the training over which the rate rises
  double first_divergence = 0.5;  ///< initial fraction of beta_KL
  double divergence_from = 0.3;   ///< completed fraction at which beta_KL starts to rise
  double divergence_to = 0.6;     ///< completed fraction at which beta_KL reaches its final value

  std::int64_t rescale_every = 100;  ///< steps between two calls of LatentScale::fold, which end at divergence_to

  /// Learning rate at the completed fraction `done`.
  double rate_at(double done) const { return cosine_rate(rate, warm_up, done); }
  /// Fraction of beta_KL that applies at `done`. It rises geometrically from first_divergence at divergence_from to 1
  /// at divergence_to.
  double divergence_at(double done) const {
    const double way = std::clamp((done - divergence_from) / (divergence_to - divergence_from), 0.0, 1.0);
    return std::pow(first_divergence, 1.0 - way);
  }

  /// Validates the schedule and returns `*this`.
  /// @throws Error unless rate is finite and > 0, warm_up and first_divergence are in (0, 1], 0 <= divergence_from <
  /// divergence_to <= 1 and rescale_every > 0.
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
