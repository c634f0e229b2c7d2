// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/config.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// What a dense layer applies to its sum. All three are y for y > 0 and a fixed share of y below.
enum class Activation { identity, relu, leaky_relu };

/// The share of a negative y that passes: 1, 0 or 0.01 (the paper's leaky ReLU, App. B).
template <class Real>
MACE_HD constexpr Real negative_slope(Activation activation) {
  return activation == Activation::identity ? Real(1) : activation == Activation::relu ? Real(0) : Real(0.01);
}

/// The activation of y, given its negative slope.
template <class Real>
MACE_HD constexpr Real activate(Real y, Real slope) {
  return y > Real(0) ? y : slope * y;
}

/// The derivative of the activation, from its output: for these three the output has the sign of the input.
template <class Real>
MACE_HD constexpr Real activation_derivative(Real output, Real slope) {
  return output > Real(0) ? Real(1) : slope;
}

namespace detail {

/// Takes the gradient in a layer's outputs y through its activation, in place.
template <class Real>
struct ThroughActivation {
  const Real* y;
  Real* dy;
  Real slope;

  MACE_HD void operator()(Index i) const { dy[i] *= activation_derivative(y[i], slope); }
};

}  // namespace detail

}  // namespace mace
