// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <span>
#include <utility>

#include "mace/core/view.hpp"
#include "mace/select/concept.hpp"

namespace mace {

/// State of an optimizer between steps.
template <class O, class Exec>
using OptimizerState = decltype(std::declval<const O&>().make_state(std::declval<Exec&>(), Index{}));

/// An optimizer: its options are members, and its state between steps is a separate object. `ascend` moves the
/// parameters one step along the gradient (ascent).
template <class O, class Exec>
concept Optimizer = requires(const O& optimizer, Exec& exec, std::span<float> parameters,
                             std::span<const float> gradient) {
  optimizer.ascend(exec, std::declval<OptimizerState<O, Exec>&>(), parameters, gradient);
};

/// An optimizer that moves each parameter by its own gradient only, so that steps can be taken where the gradient is
/// computed: steps(exec, state, parameters, count)(m)(i, g) moves parameter i along its gradient g in the m-th of the
/// next `count` steps. The caller must take all the steps, in order for every parameter.
template <class O, class Exec>
concept SeparableOptimizer = Optimizer<O, Exec> &&
    requires(const O& optimizer, Exec& exec, std::span<float> parameters, OptimizerState<O, Exec>& state) {
  optimizer.steps(exec, state, parameters, Index{})(Index{})(Index{}, 0.0f);
};

/// Takes one step of a separable optimizer along a gradient in memory.
/// @param exec      the executor
/// @param step      step(i, g) moves parameter i along its gradient g
/// @param gradient  gradient in all parameters
template <class Exec, class Step, class Real>
void step_all(Exec& exec, const Step& step, std::span<const Real> gradient) {
  const Real* const g = gradient.data();
  exec.for_each_element(static_cast<Index>(gradient.size()), [=] MACE_HD(Index i) { step(i, g[i]); });
}

/// A model that takes an optimizer's steps itself, without a gradient in memory: model.ascend(exec, batches, count,
/// steps) takes `count` steps up the likelihood of the batches in turn, equivalent to likelihood_gradient() and
/// ascend().
template <class M, class Exec, class O>
concept AscendingModel = SeparableOptimizer<O, Exec> &&
    requires(M& model, Exec& exec, const O& optimizer, OptimizerState<O, Exec>& state) {
  model.ascend(exec, Index{}, Index{}, optimizer.steps(exec, state, model.parameters(), Index{}));
};

/// An objective, which fits the model to its elites. It is called once per round, after set_elites(), and returns the
/// number of gradient steps.
template <class F, class Exec, class Model, class O>
concept Objective = requires(const F& objective, Exec& exec, Model& model, const Elites<typename Exec::Space>& elites,
                             const O& optimizer, std::span<float> gradient) {
  {
    objective(exec, model, elites, optimizer, std::declval<OptimizerState<O, Exec>&>(), gradient, Index{})
    } -> std::convertible_to<Index>;
};

}  // namespace mace
