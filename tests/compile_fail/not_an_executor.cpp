// SPDX-License-Identifier: Apache-2.0
// expect: mace: the first argument must be an executor, such as mace::cpu(...)
#include "compile_fail.hpp"

struct Machine {
  using Space = mace::HostSpace;
};

int main() {
  Machine exec;
  RightModel model;
  mace::Tuner tuner{exec, model, RightSimulator{}, RightScore{}, mace::TunerOptions{.rounds = 1}};
  tuner.run();
}
