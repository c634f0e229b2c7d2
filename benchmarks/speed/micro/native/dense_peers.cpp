// SPDX-License-Identifier: Apache-2.0
// Compiled with -march=native, as a user of Eigen would for speed; ours chooses at run time and is not.
#define EIGEN_DONT_PARALLELIZE
#include "dense_peers.hpp"

#include <Eigen/Core>

#ifdef MACE_BENCHMARKS_OPENBLAS
#include <cblas.h>
#endif

namespace mace::benchmarks {

namespace {

using Matrix = Eigen::Map<Eigen::MatrixXf>;
using ConstMatrix = Eigen::Map<const Eigen::MatrixXf>;

void finish(const DenseLayer& l, Matrix& y) {
  const Eigen::Map<const Eigen::VectorXf> bias(l.bias, l.outputs);
  for (Eigen::Index j = 0; j < y.cols(); ++j) {
    auto column = y.col(j).array();
    column += bias.array();
    column = column.max(0.01f * column);
  }
}

}  // namespace

void eigen_layer(const DenseLayer& l) {
  const ConstMatrix weights(l.weights, l.inputs, l.outputs), x(l.x, l.inputs, l.batch);
  Matrix y(l.y, l.outputs, l.batch);
  y.noalias() = weights.transpose() * x;
  finish(l, y);
}

#ifdef MACE_BENCHMARKS_OPENBLAS
void openblas_layer(const DenseLayer& l) {
  static const bool single = (openblas_set_num_threads(1), true);
  static_cast<void>(single);
  const auto in = static_cast<int>(l.inputs), out = static_cast<int>(l.outputs), n = static_cast<int>(l.batch);
  cblas_sgemm(CblasColMajor, CblasTrans, CblasNoTrans, out, n, in, 1, l.weights, in, l.x, in, 0, l.y, out);
  Matrix y(l.y, l.outputs, l.batch);
  finish(l, y);
}
#endif

}  // namespace mace::benchmarks
