// SPDX-License-Identifier: Apache-2.0
// Several sensors at once: a robot in a hall hears how far a beacon is, now and then with an echo, and sees the
// direction of a lamp. Either leaves a curve of places; together they leave one.
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

#include "mace/cpu.hpp"

using mace::Vec;

namespace {

struct Beacon {  // a simulator with noise of its own: one answer in five is an echo, up to 3 m too long
  using Sample = Vec<2>;
  using Outcome = Vec<1>;
  Vec<2> at;
  MACE_HD Vec<1> operator()(const Vec<2>& place, mace::Random& random) const {
    const float echo = random.uniform() < 0.2f ? random.uniform(0, 3) : 0.0f;
    return {norm(place - at) + echo};
  }
};

struct Lamp {  // its direction, a unit vector
  using Sample = Vec<2>;
  using Outcome = Vec<2>;
  Vec<2> at;
  MACE_HD Vec<2> operator()(const Vec<2>& place) const {
    const Vec<2> towards = at - place;
    return (1 / (norm(towards) + 1e-6f)) * towards;
  }
};

template <int Dims>
struct Measured {  // the logarithm of a Gaussian likelihood
  using Outcome = Vec<Dims>;
  Vec<Dims> value;
  float sigma;
  MACE_HD float operator()(const Vec<Dims>& predicted) const {
    return -0.5f * dot(predicted - value, predicted - value) / (sigma * sigma);
  }
};

}  // namespace

int main() {
  auto exec = mace::cpu({.seed = 7});
  std::vector<float> grid;  // the prior: anywhere in a hall of 8 m x 8 m, as 64 Gaussians
  for (int i = 0; i < 64; ++i) grid.insert(grid.end(), {0.5f + float(i % 8), 0.5f + float(i / 8)});
  mace::GaussianMixture<mace::Cpu, 2, 64> model(exec, grid, 0.5f);

  const Vec<2> place{5, 3};
  const Beacon beacon{{1, 1}};
  const Lamp lamp{{4, 7}};
  // [excerpt]
  mace::FanOut simulator(mace::Expected<Beacon, 8>{beacon}, lamp);
  mace::Product score(mace::ExpectedScore<Measured<1>, 8>{{{norm(place - beacon.at)}, 0.1f}},
                      Measured<2>{lamp(place), 0.05f});
  mace::Tuner tuner(exec, model, std::move(simulator), std::move(score),
                    {.samples = 4096, .quantile = 1.0 / 16, .rounds = 40, .steps_per_round = 20},
                    mace::Adam{.rate = 0.01});
  tuner.run();
  // [excerpt]

  int here = 0;
  for (const Vec<2>& sample : mace::draw(exec, model, 1000)) here += norm(sample - place) < 0.5f;
  std::printf("of 1000 samples, within 50 cm of (5, 3): %d\n", here);
  return here > 500 ? 0 : 1;
}
