// SPDX-License-Identifier: Apache-2.0
// expect: success
// Right use, of which each other file here has one thing wrong.
#include "compile_fail.hpp"

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner tuner{exec, model, RightSimulator{}, RightScore{}, mace::TunerOptions{.rounds = 1}};
  tuner.run([](const mace::RoundRecord&) {},
            [](const mace::RoundRecord&, const mace::Snapshot<float>&) { return true; });
}
