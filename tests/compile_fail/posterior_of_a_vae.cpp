// SPDX-License-Identifier: Apache-2.0
// expect: mace::Posterior: of a VAE's clouds only a bound
#include <vector>

#include "compile_fail.hpp"

int main() {
  auto exec = mace::cpu({.seed = 1});
  const std::vector<float> weights;
  mace::LatentVae<mace::Cpu, mace::SmallVae> vae(exec, weights, 1);
  mace::Posterior posterior(exec, vae, mace::HalfSpaceCut<2048>::none(),
                            mace::CloudMatch<2048, mace::HostSpace>(exec, weights, {}));
}
