// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/config.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// Activation function of a dense layer: y for y > 0, else y times the activation's negative slope.
enum class Activation { identity, relu, leaky_relu };

/// Slope of the activation below 0: 1 (identity), 0 (ReLU) or 0.01 (leaky ReLU; paper, App. B).
template <class Real>
MACE_HD constexpr Real negative_slope(Activation activation) {
  return activation == Activation::identity ? Real(1) : activation == Activation::relu ? Real(0) : Real(0.01);
}

/// Applies the activation with the given negative slope to y.
template <class Real>
MACE_HD constexpr Real activate(Real y, Real slope) {
  return y > Real(0) ? y : slope * y;
}

/// Derivative of the activation, computed from its output, which is positive exactly where the input is.
template <class Real>
MACE_HD constexpr Real activation_derivative(Real output, Real slope) {
  return output > Real(0) ? Real(1) : slope;
}

namespace detail {

/// Backpropagates the gradient dy through the activation of a layer with outputs y, in place.
template <class Real>
struct ThroughActivation {
  const Real* y;
  Real* dy;
  Real slope;

  MACE_HD void operator()(Index i) const { dy[i] *= activation_derivative(y[i], slope); }
};

}  // namespace detail

}  // namespace mace
