// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/vec.hpp"

namespace mace {

/// Solves a x = b for a symmetric positive definite matrix by Cholesky decomposition.
/// @param a the matrix, of which only the lower triangle is read; overwritten by its Cholesky factor
/// @param b the right-hand side
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
