// SPDX-License-Identifier: Apache-2.0
// expect: mace: the simulator's Sample must be the type that the model draws
#include "compile_fail.hpp"

struct OfInts : RightSimulator {
  using Sample = int;
  float operator()(const int& x) const { return static_cast<float>(x); }
};

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner tuner{exec, model, OfInts{}, RightScore{}, mace::TunerOptions{.rounds = 1}};
  tuner.run();
}
