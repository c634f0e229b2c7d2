// SPDX-License-Identifier: Apache-2.0
// expect: mace: the third argument must be a simulator, which says what it takes and gives, `using Sample = ...; using
// expect: Outcome = ...;`, public
#include "compile_fail.hpp"

struct Silent {
  using Sample = float;
  float operator()(const float& x) const { return x; }
};

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner tuner{exec, model, Silent{}, RightScore{}, mace::TunerOptions{.rounds = 1}};
  tuner.run();
}
