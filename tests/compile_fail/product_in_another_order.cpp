// SPDX-License-Identifier: Apache-2.0
// expect: mace: the score's Outcome must be the type that the simulator gives
#include "compile_fail.hpp"

struct Rounded : RightSimulator {
  using Outcome = int;
  int operator()(const float& x) const { return static_cast<int>(x); }
};

struct OfInts : RightScore {
  using Outcome = int;
  float operator()(const int& x) const { return static_cast<float>(-x * x); }
};

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner tuner{exec, model, mace::FanOut(RightSimulator{}, Rounded{}), mace::Product(OfInts{}, RightScore{}),
                    mace::TunerOptions{.rounds = 1}};
  tuner.run();
}
