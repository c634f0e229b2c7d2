// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <span>

#include "mace/core/buffer.hpp"
#include "mace/core/numeric.hpp"

namespace mace {

/// Adam (Kingma and Ba, 2015), the paper's optimiser: these are its numbers; the moments live in State.
struct Adam {
  double rate = 1e-3;  ///< a parameter moves at most about this much a step
  double first_decay = 0.9;
  double second_decay = 0.999;
  double epsilon = 1e-8;

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

  /// Moves the parameters one step along the gradient, uphill.
  template <class Exec, class Real>
  void ascend(Exec& exec, State<Exec, Real>& state, std::span<Real> parameters, std::span<const Real> gradient) const;
};

/// One parameter's step. `rate` holds the first moment's bias correction, `second_scale` the second's:
/// rate / (1 - b1^t) and 1 / (1 - b2^t). Small steps on a large parameter would be lost to rounding, so what is lost is
/// carried in `residue` (Kahan's summation).
template <class Real>
MACE_HD void adam_step(Real& parameter, Real& first, Real& second, Real& residue, Real gradient, Real first_decay,
                       Real second_decay, Real rate, Real second_scale, Real epsilon) {
  first = first + (Real(1) - first_decay) * (gradient - first);
  second = second + (Real(1) - second_decay) * (gradient * gradient - second);
  const Real step = rate * first / (numeric::sqrt(second * second_scale) + epsilon) - residue;
  const Real moved = parameter + step;
  residue = (moved - parameter) - step;
  parameter = moved;
}

template <class Exec, class Real>
void Adam::ascend(Exec& exec, State<Exec, Real>& state, std::span<Real> parameters,
                  std::span<const Real> gradient) const {
  ++state.steps;
  const auto t = static_cast<double>(state.steps);
  const Real first_share = static_cast<Real>(first_decay), second_share = static_cast<Real>(second_decay);
  const Real corrected = static_cast<Real>(rate / (1.0 - std::pow(first_decay, t)));
  const Real second_scale = static_cast<Real>(1.0 / (1.0 - std::pow(second_decay, t)));
  exec.for_each_element(static_cast<Index>(parameters.size()),
                        [p = parameters.data(), m = state.first.data(), v = state.second.data(),
                         r = state.residue.data(), g = gradient.data(), first_share, second_share, corrected,
                         second_scale, eps = static_cast<Real>(epsilon)] MACE_HD(Index i) {
                          adam_step(p[i], m[i], v[i], r[i], g[i], first_share, second_share, corrected, second_scale,
                                    eps);
                        });
}

}  // namespace mace
