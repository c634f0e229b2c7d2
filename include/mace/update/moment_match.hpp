// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/select/concept.hpp"

namespace mace {

/// In place of gradient steps, the M-step in closed form, for models whose tuned distribution is Gaussian: the classical
/// cross-entropy method (Botev et al., 2013) with its smoothing. Unlike the paper's few Adam steps it gives the posterior
/// any width the elites have, so the floor on the standard deviation is what keeps it from collapsing.
struct MomentMatch {
  float smoothing = 0.7f;   ///< the share of the way to the elites' moments, in (0, 1]
  float min_sigma = 0.01f;  ///< least standard deviation, in the units of the latents

  template <class Exec, class Model, class Update, class State>
  Index operator()(Exec& exec, Model& model, const Elites<typename Exec::Space>& elites, const Update&, State&,
                   std::span<float>, Index) const {
    model.match_moments(exec, elites.batches, smoothing, min_sigma);
    return 0;  // no gradient step
  }
};

}  // namespace mace
