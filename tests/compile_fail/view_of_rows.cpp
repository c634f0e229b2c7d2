// SPDX-License-Identifier: Apache-2.0
// expect: mace::MatrixView: the matrix must be stored by columns, not by rows
#include <Eigen/Core>

#include "compile_fail.hpp"

int main() {
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> matrix(2, 3);
  mace::MatrixView<float> view = matrix;
}
