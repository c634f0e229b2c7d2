// SPDX-License-Identifier: Apache-2.0
// expect: be callable as select(exec, model, samples, log_scores, workspace, elites) for this model
#include "compile_fail.hpp"

using Other = mace::GaussianMixture<mace::Cpu, 2, 1>;

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  const float mean[2] = {0, 0};
  Other other(exec, mean, 1.0f);
  mace::Tuner tuner{exec,
                    model,
                    RightSimulator{},
                    RightScore{},
                    mace::TunerOptions{.quantile = 1},
                    mace::Adam{},
                    mace::Importance<mace::Cpu, Other>(exec, other)};
}
