// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/fit/concept.hpp"
#include "mace/select/concept.hpp"

namespace mace {

/// The paper's objective (Eq. 3): M steps of an optimizer along the gradient of the elites' mean log-likelihood. With
/// more than one batch the steps take the batches in turn. Where model and optimizer can, they go over the weights
/// together. Returns how many gradient steps it took.
struct Likelihood {
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
