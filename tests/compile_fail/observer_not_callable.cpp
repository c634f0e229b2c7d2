// SPDX-License-Identifier: Apache-2.0
// expect: mace::Tuner: an observer must be callable with a RoundRecord, or with a RoundRecord and a Snapshot
#include "compile_fail.hpp"

struct Blind {};

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner tuner{exec, model, RightSimulator{}, RightScore{}, mace::TunerOptions{.rounds = 1}};
  tuner.run(Blind{});
}
