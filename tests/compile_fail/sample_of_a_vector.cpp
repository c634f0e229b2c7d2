// SPDX-License-Identifier: Apache-2.0
// expect: mace: a Sample must be trivially copyable: numbers of fixed count such as mace::Vec<3>, no std::vector
#include <vector>

#include "compile_fail.hpp"

struct Listing : RightModel {
  using Sample = std::vector<float>;
  void sample(mace::Cpu&, const mace::RandomKey&, std::span<Sample>) {}
  void set_elites(mace::Cpu&, std::span<const Sample>, const mace::Elites<mace::HostSpace>&) {}
};

struct OfLists : RightSimulator {
  using Sample = std::vector<float>;
  float operator()(const Sample& x) const { return x[0]; }
};

int main() {
  auto exec = mace::cpu({.seed = 1});
  Listing model;
  mace::Tuner wrong(exec, model, OfLists{}, RightScore{});
}
