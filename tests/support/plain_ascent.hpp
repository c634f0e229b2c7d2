// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/core/view.hpp"
#include "mace/fit/concept.hpp"

namespace mace::test {

template <class Real>
struct PlainStep {
  Real* parameter;
  Real rate;
  MACE_HD void operator()(Index i, Real g) const { parameter[i] += rate * g; }
};

/// The next steps, which are all equal.
template <class Real>
struct PlainSteps {
  PlainStep<Real> step;
  MACE_HD PlainStep<Real> operator()(Index) const { return step; }
};

/// Gradient ascent without state: the least that is an optimizer, beside Adam.
struct PlainAscent {
  double rate = 1e-2;

  template <class Real>
  struct State {};

  template <class Exec, class Real = float>
  State<Real> make_state(Exec&, Index) const {
    return {};
  }

  template <class Exec, class Real>
  PlainSteps<Real> steps(Exec&, State<Real>&, std::span<Real> parameters, Index) const {
    return {{parameters.data(), static_cast<Real>(rate)}};
  }

  template <class Exec, class Real>
  void ascend(Exec& exec, State<Real>& state, std::span<Real> parameters, std::span<const Real> gradient) const {
    step_all(exec, steps(exec, state, parameters, 1)(0), gradient);
  }
};

}  // namespace mace::test
