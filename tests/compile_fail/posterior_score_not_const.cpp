// SPDX-License-Identifier: Apache-2.0
// expect: mace: the score's operator() must be const
#include "compile_fail.hpp"

struct Counting {
  using Outcome = float;
  int calls = 0;
  float operator()(const float& x) { return ++calls, -x * x; }
};

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Posterior wrong(exec, model, RightSimulator{}, Counting{});
}
