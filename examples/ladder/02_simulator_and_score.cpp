// SPDX-License-Identifier: Apache-2.0
// Your own simulator and score: a robot hears two beacons, which tell it their distances and not their directions. Two
// places explain what it heard, mirror images in the line through the beacons, and the tuned model draws both.
// [excerpt]
#include <cstdio>
#include <vector>

#include "mace/cpu.hpp"

using mace::Vec;

struct Beacons {  // the simulator: from a place to what would be heard there, the distances of two beacons in meters
  using Sample = Vec<2>;
  using Outcome = Vec<2>;
  Vec<2> first, second;
  MACE_HD Vec<2> operator()(const Vec<2>& place) const { return {norm(place - first), norm(place - second)}; }
};

struct Heard {  // the score: the log likelihood of the distances that were heard, each with a Gaussian error
  using Outcome = Vec<2>;
  Vec<2> distances;
  float sigma;
  MACE_HD float operator()(const Vec<2>& predicted) const {
    const Vec<2> off = predicted - distances;
    return -0.5f * dot(off, off) / (sigma * sigma);
  }
};

int main() {
  auto exec = mace::cpu({.seed = 7});
  std::vector<float> grid;  // the prior: anywhere in a hall of 8 m x 8 m, as 64 Gaussians
  for (int i = 0; i < 64; ++i) grid.insert(grid.end(), {0.5f + float(i % 8), 0.5f + float(i / 8)});
  mace::GaussianMixture<mace::Cpu, 2, 64> model(exec, grid, 0.5f);

  const Vec<2> place{3, 6}, mirrored{3, 2};
  const Beacons beacons{.first = {1, 4}, .second = {7, 4}};
  const Heard heard{.distances = beacons(place), .sigma = 0.1f};
  mace::Tuner tuner(exec, model, beacons, heard,
                    {.samples = 4096, .quantile = 1.0 / 8, .rounds = 10, .steps_per_round = 40},
                    mace::Adam{.rate = 0.005});
  tuner.run();  // ten rounds on purpose: with many more, only one of the two places would be left

  int here = 0, there = 0;
  for (const Vec<2>& sample : mace::draw(exec, model, 1000)) {
    here += norm(sample - place) < 0.3f;
    there += norm(sample - mirrored) < 0.3f;
  }
  std::printf("of 1000 samples, within 30 cm of (3, 6): %d, of (3, 2): %d\n", here, there);
  return here > 250 && there > 250 ? 0 : 1;
}
// [excerpt]
