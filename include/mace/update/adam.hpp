// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <span>

#include "mace/core/buffer.hpp"
#include "mace/core/numeric.hpp"
#include "mace/core/view.hpp"
#include "mace/update/concept.hpp"

namespace mace {

template <class Real>
struct AdamSteps;

/// Adam (Kingma and Ba, 2015), the paper's optimiser: these are its numbers; the moments live in State.
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
          residue(exec.template allocate<Real>(parameters)) {}
    Buffer<Real, typename Exec::Space> first, second;
    Buffer<Real, typename Exec::Space> residue;  ///< what rounding took from the parameters so far
    std::int64_t steps = 0;
  };

  template <class Exec, class Real = float>
  State<Exec, Real> make_state(Exec& exec, Index parameters) const {
    return State<Exec, Real>(exec, parameters);
  }

  /// The next `count` steps, for whoever takes them itself: steps(m)(i, g) moves parameter i along its gradient g in step m.
  template <class Exec, class Real>
  AdamSteps<Real> steps(State<Exec, Real>& state, std::span<Real> parameters, Index count) const {
    state.steps += count;
    return {
        *this, state.steps - count, parameters.data(), state.first.data(), state.second.data(), state.residue.data()};
  }

  /// Moves the parameters one step along the gradient, uphill.
  template <class Exec, class Real>
  void ascend(Exec& exec, State<Exec, Real>& state, std::span<Real> parameters, std::span<const Real> gradient) const {
    step_all(exec, steps(state, parameters, 1)(0), gradient);
  }
};

/// What step t does to parameter i, given its gradient. Small steps on a large parameter would be lost to rounding, so what
/// is lost is carried in `residue` (Kahan's summation).
template <class Real>
struct AdamStep {
  Real *parameter, *first, *second, *residue;
  Real first_share, second_share;  ///< 1 - b1 and 1 - b2
  Real rate;                       ///< rate / (1 - b1^t): the first moment's bias correction is in it
  Real second_scale;               ///< 1 / (1 - b2^t)
  Real epsilon;

  MACE_HD void operator()(Index i, Real g) const {
    first[i] += first_share * (g - first[i]);
    second[i] += second_share * (g * g - second[i]);
    const Real step = rate * first[i] / (numeric::sqrt(second[i] * second_scale) + epsilon) - residue[i];
    const Real moved = parameter[i] + step;
    residue[i] = (moved - parameter[i]) - step;
    parameter[i] = moved;
  }
};

/// Steps to come, after `done` others.
template <class Real>
struct AdamSteps {
  Adam adam;
  std::int64_t done;
  Real *parameter, *first, *second, *residue;

  AdamStep<Real> operator()(Index m) const {
    const auto t = static_cast<double>(done + m + 1);
    return {parameter,
            first,
            second,
            residue,
            static_cast<Real>(1.0 - adam.beta1),
            static_cast<Real>(1.0 - adam.beta2),
            static_cast<Real>(adam.rate / (1.0 - std::pow(adam.beta1, t))),
            static_cast<Real>(1.0 / (1.0 - std::pow(adam.beta2, t))),
            static_cast<Real>(adam.epsilon)};
  }
};

}  // namespace mace
