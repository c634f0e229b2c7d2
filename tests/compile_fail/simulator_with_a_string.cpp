// SPDX-License-Identifier: Apache-2.0
// expect: mace: a simulator of one sample must be trivially copyable (keep the buffer of exec.upload(...) outside and
// expect: a span of it inside)
#include "compile_fail.hpp"

struct Named : RightSimulator {
  std::string name = "throw";
};

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner tuner{exec, model, Named{}, RightScore{}, mace::TunerOptions{.rounds = 1}};
  tuner.run();
}
