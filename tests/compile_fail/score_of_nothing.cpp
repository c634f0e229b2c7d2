// SPDX-License-Identifier: Apache-2.0
// expect: mace: the score must have either `float operator()(const Outcome&) const` or `log_scores(exec, outcomes,
// expect: log_scores)`, public; see mace/score/concept.hpp
#include "compile_fail.hpp"

struct Silent {
  using Outcome = float;
  void operator()(const float&) const {}
};

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner wrong(exec, model, RightSimulator{}, Silent{});
}
