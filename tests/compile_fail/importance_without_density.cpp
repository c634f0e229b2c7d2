// SPDX-License-Identifier: Apache-2.0
// expect: mace::Importance: the model must have log_density
#include "compile_fail.hpp"

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Importance select(exec, model);
}
