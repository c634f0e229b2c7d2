// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/core/error.hpp"
#include "mace/core/numeric.hpp"
#include "mace/select/concept.hpp"

namespace mace {

/// In place of gradient steps, the M-step in closed form, for models whose tuned distribution is Gaussian: the
/// classical cross-entropy method (Botev et al., 2013) with its smoothing. Unlike the paper's few Adam steps it gives
/// the posterior any width the elites have, so the floor on the standard deviation is what keeps it from collapsing.
struct MomentMatch {
  float smoothing = 0.7f;   ///< the share of the way to the elites' moments, in (0, 1]
  float min_sigma = 0.01f;  ///< least standard deviation, in the units of the latents

  void check() const {
    require(smoothing > 0 && smoothing <= 1, "MomentMatch: wanted a smoothing in (0, 1], got ", smoothing);
    require(min_sigma > 0 && numeric::is_finite(min_sigma), "MomentMatch: wanted a min_sigma above 0, got ", min_sigma);
  }

  template <class Exec, class Model, class Optimizer, class State>
  requires requires(Model& model, Exec& exec) { model.match_moments(exec, Index{}, 0.5f, 0.5f); }
  Index operator()(Exec& exec, Model& model, const Elites<typename Exec::Space>& elites, const Optimizer&, State&,
                   std::span<float>, Index) const {
    model.match_moments(exec, elites.batches, smoothing, min_sigma);
    return 0;  // no gradient step
  }
};

}  // namespace mace
