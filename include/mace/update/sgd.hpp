// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <span>

#include "mace/core/error.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// Stochastic gradient steps, as Alg. 1 names them; nothing is remembered between steps.
struct Sgd {
  double rate = 1e-2;

  void check() const { require(rate > 0 && std::isfinite(rate), "Sgd: wanted a rate above 0, got ", rate); }

  template <class Real>
  struct State {};

  template <class Exec, class Real = float>
  State<Real> make_state(Exec&, Index) const {
    return {};
  }

  /// Moves the parameters one step along the gradient, uphill.
  template <class Exec, class Real>
  void ascend(Exec& exec, State<Real>&, std::span<Real> parameters, std::span<const Real> gradient) const {
    Real* const p = parameters.data();
    const Real* const g = gradient.data();
    const Real step = static_cast<Real>(rate);
    exec.for_each_element(static_cast<Index>(parameters.size()), [=] MACE_HD(Index i) { p[i] += step * g[i]; });
  }
};

}  // namespace mace
