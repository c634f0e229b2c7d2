// SPDX-License-Identifier: Apache-2.0
// expect: mace: the score must have either `float operator()(const Outcome&) const` or `log_scores(exec, outcomes,
// expect: log_scores)`, public; see mace/score/concept.hpp
#include "compile_fail.hpp"

struct Mute {
  using Outcome = float;
};

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner tuner{exec, model, RightSimulator{}, Mute{}, mace::TunerOptions{.rounds = 1}};
  tuner.run();
}
