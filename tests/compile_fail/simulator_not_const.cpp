// SPDX-License-Identifier: Apache-2.0
// expect: mace: the simulator's operator() must be const
#include "compile_fail.hpp"

struct Changing {
  using Sample = float;
  using Outcome = float;
  float operator()(const float& x) { return x; }
};

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner wrong(exec, model, Changing{}, RightScore{});
}
