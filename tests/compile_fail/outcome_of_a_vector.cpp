// SPDX-License-Identifier: Apache-2.0
// expect: mace: an Outcome must be trivially copyable: numbers of fixed count such as mace::Vec<3>, no std::vector
#include <vector>

#include "compile_fail.hpp"

struct Listing {
  using Sample = float;
  using Outcome = std::vector<float>;
  Outcome operator()(const float& x) const { return {x}; }
};

struct Comparing {
  using Outcome = std::vector<float>;
  float operator()(const Outcome& seen) const { return -seen[0] * seen[0]; }
};

int main() {
  auto exec = mace::cpu({.seed = 1});
  RightModel model;
  mace::Tuner wrong(exec, model, Listing{}, Comparing{});
}
