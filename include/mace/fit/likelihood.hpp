// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/fit/concept.hpp"
#include "mace/select/concept.hpp"

namespace mace {

/// The paper's objective (Eq. 3): M steps along the gradient of the elites' mean log-likelihood, which use the batches
/// in turn. If model and optimizer support it, gradient and step share one pass over the weights.
struct Likelihood {
  /// Fits the model and returns the number of gradient steps.
  /// @param exec       the executor
  /// @param model      the model, after set_elites()
  /// @param elites     the elites
  /// @param optimizer  takes the steps
  /// @param state      the optimizer's state
  /// @param gradient   scratch memory, one number per parameter
  /// @param steps      M
  template <class Exec, class Model, class Optimizer, class State>
  Index operator()(Exec& exec, Model& model, const Elites<typename Exec::Space>& elites, const Optimizer& optimizer,
                   State& state, std::span<float> gradient, Index steps) const {
    if constexpr (AscendingModel<Model, Exec, Optimizer>)
      model.ascend(exec, elites.batches, steps, optimizer.steps(exec, state, model.parameters(), steps));
    else
      for (Index m = 0; m < steps; ++m) {
        model.likelihood_gradient(exec, m % elites.batches, gradient);
        optimizer.ascend(exec, state, model.parameters(), std::span<const float>(gradient));
      }
    return steps;
  }
};

}  // namespace mace
