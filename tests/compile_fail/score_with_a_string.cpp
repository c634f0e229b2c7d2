// SPDX-License-Identifier: Apache-2.0
// expect: mace: a score of one outcome must be trivially copyable
#include "compile_fail.hpp"

struct Named : RightScore {
  std::string name = "near";
};

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner tuner{exec, model, RightSimulator{}, Named{}, mace::TunerOptions{.rounds = 1}};
  tuner.run();
}
