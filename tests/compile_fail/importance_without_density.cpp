// SPDX-License-Identifier: Apache-2.0
// expect: mace::Importance: the model must have log_density
#include "compile_fail.hpp"

int main() {
  auto exec = mace::cpu({.seed = 1});
  mace::Importance select(exec, RightModel{});
}
