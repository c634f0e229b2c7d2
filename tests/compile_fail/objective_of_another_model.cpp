// SPDX-License-Identifier: Apache-2.0
// expect: MomentMatch needs one with match_moments
#include "compile_fail.hpp"

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner tuner{exec,
                    model,
                    RightSimulator{},
                    RightScore{},
                    mace::TunerOptions{},
                    mace::Adam{},
                    mace::TopQuantile{},
                    mace::MomentMatch{}};
}
