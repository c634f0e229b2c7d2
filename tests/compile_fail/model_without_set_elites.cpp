// SPDX-License-Identifier: Apache-2.0
// expect: mace: the model must have Sample, parameters(), reserve(), sample(), set_elites() and likelihood_gradient(),
// expect: public; see mace/model/concept.hpp
#include "compile_fail.hpp"

struct Forgetful : RightModel {
  void set_elites() = delete;
};

int main() {
  auto exec = mace::cpu({.seed = 1});
  Forgetful model;
  mace::Tuner tuner{exec, model, RightSimulator{}, RightScore{}, mace::TunerOptions{.rounds = 1}};
  tuner.run();
}
