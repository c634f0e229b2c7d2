// SPDX-License-Identifier: Apache-2.0
// expect: mace: a score must be the logarithm of S, a float, not a bool: 0 where the outcome agrees,
// expect: -mace::numeric::infinity where it cannot be
#include "compile_fail.hpp"

struct Agrees {
  using Outcome = float;
  bool operator()(const float& x) const { return x > 0; }
};

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner wrong(exec, model, RightSimulator{}, Agrees{});
}
