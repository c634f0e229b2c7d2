// SPDX-License-Identifier: Apache-2.0
// expect: mace::Tuner: the optimizer must have make_state
#include "compile_fail.hpp"

struct Lazy {};

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner tuner{exec, model, RightSimulator{}, RightScore{}, mace::TunerOptions{}, Lazy{}};
}
