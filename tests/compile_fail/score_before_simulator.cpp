// SPDX-License-Identifier: Apache-2.0
// expect: mace: the third argument must be a simulator, which says what it takes and gives, `using Sample = ...; using
// expect: Outcome = ...;`, public
#include "compile_fail.hpp"

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner wrong(exec, model, RightScore{}, RightSimulator{});
}
