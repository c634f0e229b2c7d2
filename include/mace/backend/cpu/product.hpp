// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/backend/cpu/isa.hpp"
#include "mace/core/view.hpp"

/// One matrix product computes a dense layer's forward pass (outputs = neurons, depth = inputs), the gradient in its
/// input (outputs = inputs, depth = neurons) and the gradient in its weights (outputs = inputs, depth = samples).
namespace mace::dense {

/// Left factor of a product: a[i, k] = data[i * row_stride + k * depth_stride] for i < outputs, k < depth.
template <class Real>
struct Factor {
  const Real* data;
  Index outputs, depth;
  Index row_stride, depth_stride;
};

/// The product c[i, j] = activate(bias[i] + sum_k a[i, k] b[k, j]), where b[k, j] = b[k * depth_stride + j *
/// column_stride].
template <class Real>
struct MatrixProduct {
  Factor<Real> a;
  const Real* panels;  ///< packed panels of a; null: a is packed during the product
  const Real* b;
  Index depth_stride, column_stride;
  const Real* bias;  ///< null: none
  Real slope;        ///< negative slope of the activation
  Real* c;
  Index c_stride;
};

/// Returns a layer's weights [inputs, outputs] as the left factor of its forward pass.
template <class Real>
Factor<Real> by_neurons(MatrixView<const Real> weights) {
  return {weights.data(), weights.cols(), weights.rows(), weights.rows(), 1};
}

/// Returns the product x dy^T, the gradient in a layer's weights; it has one column for each row of dy.
template <class Real>
MatrixProduct<Real> outer_product(MatrixView<const Real> x, MatrixView<const Real> dy, Real* to) {
  return {
      {x.data(), x.rows(), x.cols(), 1, x.rows()}, nullptr, dy.data(), dy.rows(), 1, nullptr, Real(1), to, x.rows()};
}

/// Number of Reals in a register of the instruction set.
template <class Real>
Index lanes_of(Isa isa) {
  return (isa == Isa::avx512 ? 64 : isa == Isa::avx2 ? 32 : 16) / static_cast<Index>(sizeof(Real));
}

}  // namespace mace::dense
