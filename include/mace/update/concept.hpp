// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <span>
#include <utility>

#include "mace/core/view.hpp"
#include "mace/select/concept.hpp"

namespace mace {

/// What an optimiser remembers between steps.
template <class U, class Exec>
using OptimiserState = decltype(std::declval<const U&>().make_state(std::declval<Exec&>(), Index{}));

/// An optimiser: numbers in itself, what it remembers between steps in a state of its own. `ascend` moves the parameters
/// one step along the gradient, uphill.
template <class U, class Exec>
concept Optimiser = requires(const U& update, Exec& exec, std::span<float> parameters,
                             std::span<const float> gradient) {
  update.ascend(exec, std::declval<OptimiserState<U, Exec>&>(), parameters, gradient);
};

/// How the elites change a model: called once a round, after the model has its elites; returns the gradient steps it took.
template <class O, class Exec, class Model, class Update>
concept Objective = requires(const O& objective, Exec& exec, Model& model, const Elites<typename Exec::Space>& elites,
                             const Update& update, std::span<float> gradient) {
  {
    objective(exec, model, elites, update, std::declval<OptimiserState<Update, Exec>&>(), gradient, Index{})
    } -> std::convertible_to<Index>;
};

}  // namespace mace
