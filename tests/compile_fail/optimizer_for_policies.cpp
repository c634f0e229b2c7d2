// SPDX-License-Identifier: Apache-2.0
// expect: mace::Tuner: the last argument must be Policies, such as mace::Policies<>{.update = {.rate = 0.005}}
#include "compile_fail.hpp"

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner wrong(exec, model, RightSimulator{}, RightScore{}, {.rounds = 1}, mace::Adam{.rate = 0.01});
}
