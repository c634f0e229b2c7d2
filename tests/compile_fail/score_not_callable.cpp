// SPDX-License-Identifier: Apache-2.0
// expect: mace::Tuner: the score must have Outcome and either
#include "compile_fail.hpp"

struct Mute {
  using Outcome = float;
};

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner tuner{exec, model, RightSimulator{}, Mute{}, mace::TunerOptions{.rounds = 1}};
  tuner.run();
}
