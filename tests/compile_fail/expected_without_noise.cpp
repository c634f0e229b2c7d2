// SPDX-License-Identifier: Apache-2.0
// expect: mace::Expected: the simulator must have noise
#include "compile_fail.hpp"
#include "mace/simulate/expected.hpp"

struct Noiseless {
  using Sample = float;
  using Outcome = float;
  float operator()(const float& x) const { return x; }
};

int main() {
  const mace::Expected<Noiseless, 4> simulator{};
  (void)simulator;
}
