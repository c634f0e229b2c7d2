// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace mace::benchmarks {

/// A dense layer and its batch: weights [inputs, outputs], x [inputs, batch], y [outputs, batch], a column after the
/// other.
struct DenseLayer {
  const float *weights, *bias, *x;
  float* y;
  std::ptrdiff_t inputs, outputs, batch;
};

/// y = leaky(W^T x + b) on one thread, by other libraries.
void eigen_layer(const DenseLayer& layer);
void openblas_layer(const DenseLayer& layer);

}  // namespace mace::benchmarks
