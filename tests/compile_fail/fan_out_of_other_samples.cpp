// SPDX-License-Identifier: Apache-2.0
// expect: mace::FanOut: wanted two simulators of the same Sample
#include "compile_fail.hpp"

struct OfInts {
  using Sample = int;
  using Outcome = float;
  float operator()(const int& x) const { return static_cast<float>(x); }
};

int main() {
  mace::FanOut both(RightSimulator{}, OfInts{});
}
