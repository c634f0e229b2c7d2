// SPDX-License-Identifier: Apache-2.0
// expect: mace: the model is tuned in place and must outlive the tuner; give it a name first
#include "compile_fail.hpp"

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner wrong(exec, RightModel{}, RightSimulator{}, RightScore{}, {.rounds = 1});
}
