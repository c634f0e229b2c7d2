// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/vec.hpp"

namespace mace {

/// The solution of a x = b for a symmetric positive definite a, of which the lower triangle is read (Cholesky).
template <int Rows>
Vec<Rows, double> solve_symmetric(double (&a)[Rows][Rows], Vec<Rows, double> b) {
  for (int i = 0; i < Rows; ++i) {
    for (int j = 0; j <= i; ++j) {
      double sum = a[i][j];
      for (int k = 0; k < j; ++k) sum -= a[i][k] * a[j][k];
      a[i][j] = i == j ? numeric::sqrt(sum > 1e-300 ? sum : 1e-300) : sum / a[j][j];
    }
    for (int k = 0; k < i; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  for (int i = Rows - 1; i >= 0; --i) {
    for (int k = i + 1; k < Rows; ++k) b[i] -= a[k][i] * b[k];
    b[i] /= a[i][i];
  }
  return b;
}

}  // namespace mace
