// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <span>
#include <utility>

#include "mace/core/view.hpp"
#include "mace/select/concept.hpp"

namespace mace {

/// What an optimizer remembers between steps.
template <class O, class Exec>
using OptimizerState = decltype(std::declval<const O&>().make_state(std::declval<Exec&>(), Index{}));

/// An optimizer: numbers in itself, what it remembers between steps in a state of its own. `ascend` moves the
/// parameters one step along the gradient, uphill.
template <class O, class Exec>
concept Optimizer = requires(const O& optimizer, Exec& exec, std::span<float> parameters,
                             std::span<const float> gradient) {
  optimizer.ascend(exec, std::declval<OptimizerState<O, Exec>&>(), parameters, gradient);
};

/// An optimizer that moves each parameter by its own gradient alone. The steps can then be taken wherever a gradient
/// comes to be: steps(exec, state, parameters, count)(m)(i, g) moves parameter i along its gradient g in the m-th of
/// the next `count` steps. Whoever asked for the steps takes all of them, for every parameter in order.
template <class O, class Exec>
concept SeparableOptimizer = Optimizer<O, Exec> &&
    requires(const O& optimizer, Exec& exec, std::span<float> parameters, OptimizerState<O, Exec>& state) {
  optimizer.steps(exec, state, parameters, Index{})(Index{})(Index{}, 0.0f);
};

/// One step of a separable optimizer, by a gradient that is there.
template <class Exec, class Step, class Real>
void step_all(Exec& exec, const Step& step, std::span<const Real> gradient) {
  const Real* const g = gradient.data();
  exec.for_each_element(static_cast<Index>(gradient.size()), [=] MACE_HD(Index i) { step(i, g[i]); });
}

/// A model that takes an optimizer's steps itself, without a gradient in memory: model.ascend(exec, batches, count,
/// steps) takes `count` of them up the likelihood of the batches in turn, as likelihood_gradient() and ascend() would.
template <class M, class Exec, class O>
concept AscendingModel = SeparableOptimizer<O, Exec> &&
    requires(M& model, Exec& exec, const O& optimizer, OptimizerState<O, Exec>& state) {
  model.ascend(exec, Index{}, Index{}, optimizer.steps(exec, state, model.parameters(), Index{}));
};

/// How the elites change a model: called once a round, after the model has its elites; returns the gradient steps it
/// took.
template <class F, class Exec, class Model, class O>
concept Objective = requires(const F& objective, Exec& exec, Model& model, const Elites<typename Exec::Space>& elites,
                             const O& optimizer, std::span<float> gradient) {
  {
    objective(exec, model, elites, optimizer, std::declval<OptimizerState<O, Exec>&>(), gradient, Index{})
    } -> std::convertible_to<Index>;
};

}  // namespace mace
