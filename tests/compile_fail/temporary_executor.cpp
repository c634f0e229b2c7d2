// SPDX-License-Identifier: Apache-2.0
// expect: mace: the executor must outlive what uses it; give it a name first: auto exec = mace::cpu(...)
#include "compile_fail.hpp"

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner wrong(mace::cpu({.seed = 2}), model, RightSimulator{}, RightScore{}, {.rounds = 1});
}
