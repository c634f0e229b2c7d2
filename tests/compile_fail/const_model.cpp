// SPDX-License-Identifier: Apache-2.0
// expect: mace: the model must not be const, since it is tuned in place
#include "compile_fail.hpp"

int main() {
  auto exec = mace::cpu({.seed = 1});
  const RightModel model{};
  mace::Tuner wrong(exec, model, RightSimulator{}, RightScore{}, {.rounds = 1});
}
