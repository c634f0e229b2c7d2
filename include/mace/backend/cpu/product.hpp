// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/backend/cpu/isa.hpp"
#include "mace/core/view.hpp"

/// One matrix product serves a dense layer three times: forward (outputs = neurons, depth = inputs), gradient of its
/// input (outputs = inputs, depth = neurons) and gradient of its weights (outputs = inputs, depth = samples).
namespace mace::dense {

/// The left factor a[i, k] = data[i * row_stride + k * depth_stride], i < outputs, k < depth.
template <class Real>
struct Factor {
  const Real* data;
  Index outputs, depth;
  Index row_stride, depth_stride;
};

/// c[i, j] = activate(bias[i] + sum_k a[i, k] b[k, j]), b[k, j] = b[k * depth_stride + j * column_stride].
template <class Real>
struct MatrixProduct {
  Factor<Real> a;
  const Real* panels;  ///< of a, if it was packed before; null: it is packed on the way
  const Real* b;
  Index depth_stride, column_stride;
  const Real* bias;  ///< null: none
  Real slope;        ///< of the activation, below zero
  Real* c;
  Index c_stride;
};

/// A layer's weights [inputs, outputs] as the left factor of its forward pass.
template <class Real>
Factor<Real> by_neurons(MatrixView<const Real> weights) {
  return {weights.data(), weights.cols(), weights.rows(), weights.rows(), 1};
}

/// The product x dy^T, the gradient of a layer's weights; one column for each row of dy.
template <class Real>
MatrixProduct<Real> outer_product(MatrixView<const Real> x, MatrixView<const Real> dy, Real* to) {
  return {
      {x.data(), x.rows(), x.cols(), 1, x.rows()}, nullptr, dy.data(), dy.rows(), 1, nullptr, Real(1), to, x.rows()};
}

template <class Real>
Index lanes_of(Isa isa) {
  return (isa == Isa::avx512 ? 64 : isa == Isa::avx2 ? 32 : 16) / static_cast<Index>(sizeof(Real));
}

}  // namespace mace::dense
