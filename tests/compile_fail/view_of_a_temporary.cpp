// SPDX-License-Identifier: Apache-2.0
// expect: mace::MatrixView: a temporary matrix is gone before its numbers are used
#include <Eigen/Core>

#include "compile_fail.hpp"

int main() {
  mace::MatrixView<const float> view = Eigen::MatrixXf(2, 3);
}
