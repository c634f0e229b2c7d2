// SPDX-License-Identifier: Apache-2.0
// Your own simulator and score: a robot hears two beacons, which tell it their distances and not their directions. Two
// places explain what it heard, mirror images in the line through the beacons, and the tuned model draws both.
#include <cstdio>
#include <vector>

#include "mace/cpu.hpp"

using mace::Vec;

// [excerpt]
// What would be heard if the robot stood at `place`: how far off each beacon is, meters.
struct Beacons {
  using Sample = Vec<2>;
  using Outcome = Vec<2>;
  Vec<2> first, second;
  MACE_HD Vec<2> operator()(const Vec<2>& place) const { return {norm(place - first), norm(place - second)}; }
};

// How well that agrees with what was heard: the likelihood of an error of so many meters, on a logarithm.
struct Heard {
  using Outcome = Vec<2>;
  Vec<2> distances;
  float sigma;
  MACE_HD float operator()(const Vec<2>& would_be) const {
    const Vec<2> off = would_be - distances;
    return -0.5f * dot(off, off) / (sigma * sigma);
  }
};
// [excerpt]

// The share of the samples within 30 cm of a place.
double share_at(const Vec<2>& place, const std::vector<Vec<2>>& samples) {
  int near = 0;
  for (const Vec<2>& sample : samples) near += norm(sample - place) < 0.3f ? 1 : 0;
  return double(near) / double(samples.size());
}

int main() try {
  std::vector<float> grid;  // the prior: anywhere in a hall of 8 m x 8 m
  for (int i = 0; i < 64; ++i) grid.insert(grid.end(), {0.5f + float(i % 8), 0.5f + float(i / 8)});
  // [excerpt]
  auto exec = mace::cpu({.seed = 7});
  mace::GaussianMixture<mace::Cpu, 2, 64> model(exec, grid, 0.5f);

  const Vec<2> place{3, 6}, mirrored{3, 2};
  const Beacons beacons{.first = {1, 4}, .second = {7, 4}};
  const Heard heard{.distances = beacons(place), .sigma = 0.1f};
  mace::Tuner tuner(exec, model, beacons, heard,
                    {.samples = 4096, .quantile = 1.0 / 8, .rounds = 10, .steps_per_round = 40},
                    mace::Adam{.rate = 0.005});
  const mace::Report report = tuner.run();  // ends while both places are in the model: longer runs narrow to one
  // [excerpt]

  std::vector<Vec<2>> samples(2000);
  model.sample(exec, {.seed = 2}, samples);
  const double here = share_at(place, samples), there = share_at(mirrored, samples);
  std::printf("mean score %.3f after %td rounds, first %.3f\n", report.history.back().mean_score, report.rounds,
              report.history.front().mean_score);
  std::printf("within 30 cm of (3, 6): %.0f %%, of (3, 2): %.0f %%\n", 100 * here, 100 * there);
  mace::require(here > 0.25 && there > 0.25, "wanted over 0.25 of the samples at each of the two places, got ", here,
                " and ", there);
} catch (const std::exception& error) {
  std::fprintf(stderr, "02_simulator_and_score: %s\n", error.what());
  return 1;
}
