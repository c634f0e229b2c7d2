// SPDX-License-Identifier: Apache-2.0
// expect: mace: the score's Outcome must be the type that the simulator gives
#include "compile_fail.hpp"

struct OfInts : RightScore {
  using Outcome = int;
  float operator()(const int& x) const { return static_cast<float>(-x); }
};

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner tuner{exec, model, RightSimulator{}, OfInts{}, mace::TunerOptions{.rounds = 1}};
  tuner.run();
}
