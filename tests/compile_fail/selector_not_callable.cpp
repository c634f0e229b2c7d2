// SPDX-License-Identifier: Apache-2.0
// expect: mace::Tuner: the selector must be callable as select
#include "compile_fail.hpp"

struct Idle {};

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner tuner{exec, model, RightSimulator{}, RightScore{}, mace::TunerOptions{}, mace::Adam{}, Idle{}};
}
