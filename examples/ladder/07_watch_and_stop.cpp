// SPDX-License-Identifier: Apache-2.0
// Watching a run and ending it: progress on the terminal, a table of the rounds (rounds.csv), an end when the mean
// score is high enough, the best model of all rounds, and a lambda of your own that sees the samples. Each is an
// argument of `run`, and one that returns true ends it.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "mace/cpu.hpp"

using mace::Vec;

struct Beacons {  // how far off three beacons would be at a place, meters
  using Sample = Vec<2>;
  using Outcome = Vec<3>;
  MACE_HD Vec<3> operator()(const Vec<2>& place) const {
    return {norm(place - Vec<2>{1, 4}), norm(place - Vec<2>{7, 4}), norm(place - Vec<2>{4, 7})};
  }
};

struct Heard {
  using Outcome = Vec<3>;
  Vec<3> distances;
  MACE_HD float operator()(const Vec<3>& would_be) const {
    const Vec<3> off = would_be - distances;
    return -50.0f * dot(off, off);  // errors of 10 cm
  }
};

int main() try {
  const Heard heard{.distances = Beacons{}({3, 2})};
  const float center[] = {4, 4};
  auto exec = mace::cpu({.seed = 7});
  mace::GaussianMixture<mace::Cpu, 2, 1> model(exec, center, 2);
  mace::Tuner tuner(exec, model, Beacons{}, heard, {.samples = 1024, .rounds = 100}, mace::Adam{.rate = 0.02});

  std::remove("rounds.csv");  // what is looked at below is this run's
  // [excerpt]
  mace::KeepBest best;
  std::vector<double> within;  // the share of each round's samples in the hall, 8 m x 8 m
  const auto watch = [&](const mace::RoundRecord&, const mace::Snapshot<Vec<2>>& seen) {
    const auto inside = [](const Vec<2>& x) { return std::abs(x[0] - 4) < 4 && std::abs(x[1] - 4) < 4; };
    within.push_back(double(std::ranges::count_if(seen.samples, inside)) / double(seen.samples.size()));
  };
  const mace::Report report = tuner.run(mace::ShowProgress("looking for the robot"), mace::CsvLog("rounds.csv"),
                                        mace::StopAtScore{.score = 0.9f}, best, watch);
  best.restore(exec, model.parameters());  // the model goes on from what is best
  // [excerpt]

  mace::require(report.stopped && report.rounds < 100 && report.history.back().mean_score >= 0.9f,
                "wanted an end before round 100 by a mean score of 0.9, got ", report.rounds, " rounds and ",
                report.history.back().mean_score);
  std::ifstream table("rounds.csv");
  const auto lines = std::count(std::istreambuf_iterator(table), {}, '\n');
  mace::require(lines == report.rounds + 1, "wanted a header and a line a round in rounds.csv, got ", lines, " lines");
  std::vector<Vec<2>> samples(1024);
  model.sample(exec, {.seed = 2}, samples);
  double mean = 0;
  for (const Vec<2>& sample : samples) mean += std::exp(double(heard(Beacons{}(sample)))) / 1024;
  const float top = std::ranges::max(report.history, {}, &mace::RoundRecord::mean_score).mean_score;
  mace::require(best.score() == top && std::abs(mean - double(top)) < 0.02,
                "wanted the best round's model with its mean score ", top, ", got one of ", best.score(), " and ",
                mean);
  mace::require(std::ssize(within) == report.rounds, "wanted a lambda that is called each round, got ", within.size(),
                " calls");
  std::printf("ended after %td of 100 rounds; in the hall at first %.0f %%, at last %.0f %%\n", report.rounds,
              100 * within.front(), 100 * within.back());
  mace::require(within.front() < 0.95 && within.back() > 0.99,
                "wanted a lambda that saw the samples come into the hall, got shares of ", within.front(), " and ",
                within.back());
} catch (const std::exception& error) {
  std::fprintf(stderr, "07_watch_and_stop: %s\n", error.what());
  return 1;
}
