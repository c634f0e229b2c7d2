// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/core/error.hpp"
#include "mace/core/numeric.hpp"
#include "mace/select/concept.hpp"

namespace mace {

/// Closed-form M-step in place of gradient steps, for models whose tuned distribution is Gaussian: the classical
/// cross-entropy method (Botev et al., 2013) with smoothing. Unlike a few steps of Adam, it moves the distribution to
/// the spread of the elites, however small, so a minimum standard deviation prevents collapse.
struct MomentMatch {
  float smoothing = 0.7f;   ///< step towards the elites' moments, in (0, 1]; 1 adopts them
  float min_sigma = 0.01f;  ///< minimum standard deviation, in the units of the latents

  /// Validates the options.
  /// @throws Error unless smoothing is in (0, 1] and min_sigma is positive.
  void check() const {
    require(smoothing > 0 && smoothing <= 1, "MomentMatch: wanted a smoothing in (0, 1], got ", smoothing);
    require(min_sigma > 0 && numeric::is_finite(min_sigma), "MomentMatch: wanted a min_sigma above 0, got ", min_sigma);
  }

  /// Fits the model; see Likelihood for the arguments. Returns 0, since it takes no gradient step.
  template <class Exec, class Model, class Optimizer, class State>
  requires requires(Model& model, Exec& exec) { model.match_moments(exec, Index{}, 0.5f, 0.5f); }
  Index operator()(Exec& exec, Model& model, const Elites<typename Exec::Space>& elites, const Optimizer&, State&,
                   std::span<float>, Index) const {
    model.match_moments(exec, elites.batches, smoothing, min_sigma);
    return 0;
  }
};

}  // namespace mace
