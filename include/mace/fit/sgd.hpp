// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <span>

#include "mace/core/error.hpp"
#include "mace/core/view.hpp"
#include "mace/fit/concept.hpp"

namespace mace {

namespace detail {

template <class Real>
struct SgdStep {
  Real* parameter;
  Real rate;
  MACE_HD void operator()(Index i, Real g) const { parameter[i] += rate * g; }
};

/// The next steps, which are all equal.
template <class Real>
struct SgdSteps {
  detail::SgdStep<Real> step;
  MACE_HD detail::SgdStep<Real> operator()(Index) const { return step; }
};

}  // namespace detail

/// Stochastic gradient ascent (Alg. 1, line 6), without state between steps.
struct Sgd {
  double rate = 1e-2;  ///< learning rate

  /// Validates the options.
  /// @throws Error unless rate is positive and finite.
  void check() const { require(rate > 0 && std::isfinite(rate), "Sgd: wanted a rate above 0, got ", rate); }

  /// The empty state.
  template <class Real>
  struct State {};

  /// Returns the empty state.
  template <class Exec, class Real = float>
  State<Real> make_state(Exec&, Index) const {
    return {};
  }

  /// The next steps: steps(m)(i, g) moves parameter i along its gradient g in step m. `parameters` are the parameters
  /// to move.
  template <class Exec, class Real>
  detail::SgdSteps<Real> steps(Exec&, State<Real>&, std::span<Real> parameters, Index) const {
    return {{parameters.data(), static_cast<Real>(rate)}};
  }

  /// Moves the parameters one step along the gradient (ascent).
  /// @param exec        the executor
  /// @param state       the empty state
  /// @param parameters  parameters to move
  /// @param gradient    gradient in the parameters, of the same size
  template <class Exec, class Real>
  void ascend(Exec& exec, State<Real>& state, std::span<Real> parameters, std::span<const Real> gradient) const {
    step_all(exec, steps(exec, state, parameters, 1)(0), gradient);
  }
};

}  // namespace mace
