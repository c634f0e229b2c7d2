// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <span>

#include "mace/core/buffer.hpp"
#include "mace/core/numeric.hpp"
#include "mace/core/view.hpp"
#include "mace/fit/concept.hpp"

namespace mace {

namespace detail {

/// The factors of a step that depend only on its number t.
template <class Real>
struct AdamRates {
  Real rate;          ///< rate / (1 - beta1^t), with the bias correction of the first moment
  Real second_scale;  ///< 1 / (1 - beta2^t), the bias correction of the second moment
};

/// Computes the factors of the next steps in the executor's memory, so that a replayed round does not ask the host for
/// the number of earlier steps.
template <class Real>
struct RateSteps {
  double rate, beta1, beta2;
  const std::int64_t* steps;
  AdamRates<Real>* rates;

  MACE_HD void operator()(Index m) const {
    const auto t = static_cast<double>(*steps + m + 1);
    rates[m] = {static_cast<Real>(rate / (1.0 - std::pow(beta1, t))),
                static_cast<Real>(1.0 / (1.0 - std::pow(beta2, t)))};
  }
};

/// Adds `count` to the number of steps.
struct AddSteps {
  Index count;
  std::int64_t* steps;
  MACE_HD void operator()(Index) const { *steps += count; }
};

/// Moves parameter i by its gradient g. `residue` carries the rounding error of small steps on large parameters (Kahan
/// summation). `Rates` is AdamRates, or a pointer to it if the factors are computed later than the step is created.
template <class Real, class Rates>
struct AdamStep {
  Real *parameter, *first, *second, *residue;
  Real first_share, second_share;  ///< 1 - beta1 and 1 - beta2
  Real epsilon;
  Rates rates;

  MACE_HD void operator()(Index i, Real g) const {
    const AdamRates<Real> now = current(rates);
    first[i] += first_share * (g - first[i]);
    second[i] += second_share * (g * g - second[i]);
    const Real step =
        now.rate * first[i] / (numeric::positive_sqrt(second[i] * now.second_scale) + epsilon) - residue[i];
    const Real moved = parameter[i] + step;
    residue[i] = (moved - parameter[i]) - step;
    parameter[i] = moved;
  }

 private:
  MACE_HD static AdamRates<Real> current(const AdamRates<Real>& rates) { return rates; }
  MACE_HD static AdamRates<Real> current(const AdamRates<Real>* rates) { return *rates; }
};

/// The next steps: steps(m)(i, g) moves parameter i along its gradient g in step m.
template <class Real, class Space>
struct AdamSteps {
  Real *parameter, *first, *second, *residue;
  Real first_share, second_share, epsilon;
  const AdamRates<Real>* rates;

  MACE_HD auto operator()(Index m) const {
    if constexpr (std::same_as<Space, HostSpace>)
      return step(rates[m]);
    else
      return step(rates + m);
  }

 private:
  template <class Rates>
  MACE_HD AdamStep<Real, Rates> step(Rates now) const {
    return {parameter, first, second, residue, first_share, second_share, epsilon, now};
  }
};

}  // namespace detail

/// The optimizer Adam (Kingma and Ba, 2015), which the paper uses.
struct Adam {
  double rate = 1e-3;     ///< learning rate; a parameter moves by at most about this much per step
  double beta1 = 0.9;     ///< decay of the moving average of the gradient
  double beta2 = 0.999;   ///< decay of the moving average of the squared gradient
  double epsilon = 1e-8;  ///< added to the square root of the second moment

  /// Validates the options.
  /// @throws Error unless rate and epsilon are positive, and beta1 and beta2 are in [0, 1).
  void check() const {
    require(rate > 0 && std::isfinite(rate), "Adam: wanted a rate above 0, got ", rate);
    require(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1, "Adam: wanted beta1 and beta2 in [0, 1), got ", beta1,
            " and ", beta2);
    require(epsilon > 0, "Adam: wanted an epsilon above 0, got ", epsilon);
  }

  /// State of the optimizer between steps, in the executor's memory.
  template <class Exec, class Real = float>
  struct State {
    /// Allocates the state for `parameters` parameters; the moments are zero.
    State(Exec& exec, Index parameters)
        : first(exec.template allocate<Real>(parameters)),
          second(exec.template allocate<Real>(parameters)),
          residue(exec.template allocate<Real>(parameters)),
          steps(exec.template allocate<std::int64_t>(1)) {}
    template <class T>
    using Memory = Buffer<T, typename Exec::Space>;
    Memory<Real> first, second;             ///< moments of the gradient
    Memory<Real> residue;                   ///< accumulated rounding error of the parameters
    Memory<std::int64_t> steps;             ///< [1]: number of steps taken
    Memory<detail::AdamRates<Real>> rates;  ///< factors of the steps being taken
  };

  /// State for `parameters` parameters; the moments are zero.
  template <class Exec, class Real = float>
  State<Exec, Real> make_state(Exec& exec, Index parameters) const {
    return State<Exec, Real>(exec, parameters);
  }

  /// The next `count` steps, for a caller that takes them itself: steps(m)(i, g) moves parameter i along its gradient g
  /// in step m.
  /// @param exec        the executor
  /// @param state       state, whose step count advances by `count`
  /// @param parameters  parameters to move
  /// @param count       number of steps
  template <class Exec, class Real>
  detail::AdamSteps<Real, typename Exec::Space> steps(Exec& exec, State<Exec, Real>& state, std::span<Real> parameters,
                                                      Index count) const {
    grow(exec, state.rates, count);
    exec.for_each_sample(count, detail::RateSteps<Real>{rate, beta1, beta2, state.steps.data(), state.rates.data()});
    exec.for_each_sample(1, detail::AddSteps{count, state.steps.data()});
    return {parameters.data(),
            state.first.data(),
            state.second.data(),
            state.residue.data(),
            static_cast<Real>(1.0 - beta1),
            static_cast<Real>(1.0 - beta2),
            static_cast<Real>(epsilon),
            state.rates.data()};
  }

  /// Moves the parameters one step along the gradient (ascent).
  /// @param exec        the executor
  /// @param state       state of the optimizer
  /// @param parameters  parameters to move
  /// @param gradient    gradient in the parameters, of the same size
  template <class Exec, class Real>
  void ascend(Exec& exec, State<Exec, Real>& state, std::span<Real> parameters, std::span<const Real> gradient) const {
    step_all(exec, steps(exec, state, parameters, 1)(0), gradient);
  }
};

}  // namespace mace
