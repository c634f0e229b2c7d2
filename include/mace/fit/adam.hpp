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

template <class Real, class Space>
struct AdamSteps;
template <class Real>
struct RateSteps;

/// Counts steps that were taken.
struct AddSteps {
  Index count;
  std::int64_t* steps;
  MACE_HD void operator()(Index) const { *steps += count; }
};

/// What depends on the number of a step alone.
template <class Real>
struct AdamRates {
  Real rate;          ///< rate / (1 - b1^t): the first moment's bias correction is in it
  Real second_scale;  ///< 1 / (1 - b2^t)
};

/// Adam (Kingma and Ba, 2015), the paper's optimizer: these are its numbers; the moments live in State.
struct Adam {
  double rate = 1e-3;    ///< a parameter moves at most about this much a step
  double beta1 = 0.9;    ///< how much of the gradient's moving average stays a step
  double beta2 = 0.999;  ///< the same for its square
  double epsilon = 1e-8;

  void check() const {
    require(rate > 0 && std::isfinite(rate), "Adam: wanted a rate above 0, got ", rate);
    require(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1, "Adam: wanted beta1 and beta2 in [0, 1), got ", beta1,
            " and ", beta2);
    require(epsilon > 0, "Adam: wanted an epsilon above 0, got ", epsilon);
  }

  template <class Exec, class Real = float>
  struct State {
    State(Exec& exec, Index parameters)
        : first(exec.template allocate<Real>(parameters)),
          second(exec.template allocate<Real>(parameters)),
          residue(exec.template allocate<Real>(parameters)),
          steps(exec.template allocate<std::int64_t>(1)) {}
    template <class T>
    using Memory = Buffer<T, typename Exec::Space>;
    Memory<Real> first, second;
    Memory<Real> residue;           ///< what rounding took from the parameters so far
    Memory<std::int64_t> steps;     ///< [1]: how many were taken
    Memory<AdamRates<Real>> rates;  ///< of the steps that are being taken
  };

  template <class Exec, class Real = float>
  State<Exec, Real> make_state(Exec& exec, Index parameters) const {
    return State<Exec, Real>(exec, parameters);
  }

  /// The next `count` steps, for whoever takes them itself: steps(m)(i, g) moves parameter i along its gradient g in
  /// step m.
  template <class Exec, class Real>
  AdamSteps<Real, typename Exec::Space> steps(Exec& exec, State<Exec, Real>& state, std::span<Real> parameters,
                                              Index count) const {
    grow(exec, state.rates, count);
    exec.for_each_sample(count, RateSteps<Real>{*this, state.steps.data(), state.rates.data()});
    exec.for_each_sample(1, AddSteps{count, state.steps.data()});
    return {{parameters.data(),
             state.first.data(),
             state.second.data(),
             state.residue.data(),
             static_cast<Real>(1.0 - beta1),
             static_cast<Real>(1.0 - beta2),
             static_cast<Real>(epsilon),
             {}},
            state.rates.data()};
  }

  /// Moves the parameters one step along the gradient, uphill.
  template <class Exec, class Real>
  void ascend(Exec& exec, State<Exec, Real>& state, std::span<Real> parameters, std::span<const Real> gradient) const {
    step_all(exec, steps(exec, state, parameters, 1)(0), gradient);
  }
};

/// The rates of step m from here. Where the executor works, since a round that a device replays does not ask the host
/// how many steps went before.
template <class Real>
struct RateSteps {
  Adam adam;
  const std::int64_t* steps;
  AdamRates<Real>* rates;

  MACE_HD void operator()(Index m) const {
    const auto t = static_cast<double>(*steps + m + 1);
    rates[m] = {static_cast<Real>(adam.rate / (1.0 - std::pow(adam.beta1, t))),
                static_cast<Real>(1.0 / (1.0 - std::pow(adam.beta2, t)))};
  }
};

/// What step t does to parameter i, given its gradient. Small steps on a large parameter would be lost to rounding, so
/// what is lost is carried in `residue` (Kahan's summation).
template <class Real>
struct AdamStep {
  Real *parameter, *first, *second, *residue;
  Real first_share, second_share;  ///< 1 - b1 and 1 - b2
  Real epsilon;
  AdamRates<Real> now;

  MACE_HD void operator()(Index i, Real g) const {
    first[i] += first_share * (g - first[i]);
    second[i] += second_share * (g * g - second[i]);
    const Real step =
        now.rate * first[i] / (numeric::positive_sqrt(second[i] * now.second_scale) + epsilon) - residue[i];
    const Real moved = parameter[i] + step;
    residue[i] = (moved - parameter[i]) - step;
    parameter[i] = moved;
  }
};

/// The same with rates that are known when the step is taken, not when it is asked for.
template <class Real>
struct LateAdamStep {
  AdamStep<Real> step;
  const AdamRates<Real>* now;

  MACE_HD void operator()(Index i, Real g) const {
    AdamStep<Real> known = step;
    known.now = *now;
    known(i, g);
  }
};

/// Steps to come; steps(m)(i, g) moves parameter i in the m-th.
template <class Real, class Space>
struct AdamSteps {
  AdamStep<Real> step;
  const AdamRates<Real>* rates;

  MACE_HD auto operator()(Index m) const {
    if constexpr (std::same_as<Space, HostSpace>) {
      AdamStep<Real> known = step;
      known.now = rates[m];
      return known;
    } else {
      return LateAdamStep<Real>{step, rates + m};
    }
  }
};

}  // namespace mace
