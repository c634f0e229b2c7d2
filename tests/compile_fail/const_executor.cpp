// SPDX-License-Identifier: Apache-2.0
// expect: mace: the executor must not be const
#include "compile_fail.hpp"

int main() {
  const auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner wrong(exec, model, RightSimulator{}, RightScore{}, {.rounds = 1});
}
