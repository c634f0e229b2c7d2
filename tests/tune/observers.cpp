// SPDX-License-Identifier: Apache-2.0
#include "mace/tune/observers.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "mace/tune/tuner.hpp"
#include "support/gaussian_task.hpp"

using namespace mace;
using test::NearTo;
using test::PlaneGaussian;
using test::Stay;

namespace {

constexpr TunerOptions small_run = {.samples = 32, .quantile = 0.25, .rounds = 6, .steps = 10};

/// A small run watched by `observers`.
template <class... Observers>
Report watched(PlaneGaussian& model, Observers&&... observers) {
  Cpu exec({.seed = 3});
  Tuner tuner{exec, model, Stay{}, NearTo{{0.5f, -0.5f}}, small_run};
  return tuner.run(observers...);
}

std::string temporary(const std::string& name) {
  return (std::filesystem::temp_directory_path() / ("mace_test_tune_" + name)).string();
}

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("any callable may watch, and one that returns true ends the run") {
  PlaneGaussian model;
  std::vector<Index> silent, asked;
  bool whole_round_seen = true;
  const Report report = watched(
      model, [&](const RoundRecord& r) { silent.push_back(r.round); },
      [&](const RoundRecord& r, const Snapshot<Vec<2>>& seen) {
        whole_round_seen = whole_round_seen && seen.samples.size() == 32 && seen.log_scores.size() == 32 &&
                           seen.parameters.size() == 4 && r.elites == 8;
      },
      [&](const RoundRecord& r) {
        asked.push_back(r.round);
        return r.round == 2;
      });
  CHECK(silent == std::vector<Index>{0, 1, 2});
  CHECK(asked == silent);
  CHECK(whole_round_seen);
  CHECK(report.stopped);
  CHECK(report.rounds == 3);
  CHECK(report.history.size() == 3);
}

TEST_CASE("a snapshot holds a round's samples, their scores, and the parameters they were drawn with") {
  PlaneGaussian model;
  std::vector<float> first_parameters, second_parameters;
  const NearTo score{{0.5f, -0.5f}};
  bool agree = true;
  watched(model, [&](const RoundRecord& r, const Snapshot<Vec<2>>& seen) {
    if (r.round == 0) first_parameters.assign(seen.parameters.begin(), seen.parameters.end());
    if (r.round == 1) second_parameters.assign(seen.parameters.begin(), seen.parameters.end());
    for (std::size_t i = 0; i < seen.samples.size(); ++i) agree = agree && seen.log_scores[i] == score(seen.samples[i]);
  });
  CHECK(first_parameters == std::vector<float>(4));
  CHECK(second_parameters != first_parameters);
  CHECK(agree);
}

TEST_CASE("StopAtScore ends the run at its score") {
  PlaneGaussian model;
  const Report report = watched(model, StopAtScore{0.0f});
  CHECK(report.stopped);
  CHECK(report.rounds == 1);
  PlaneGaussian other;
  CHECK_FALSE(watched(other, StopAtScore{1.5f}).stopped);
}

TEST_CASE("KeepBest restores the parameters with the best mean score") {
  Cpu exec({});
  PlaneGaussian model;
  KeepBest best;
  CHECK_THROWS_AS(best.restore(exec, model.parameters()), Error);

  const std::vector<float> parameters[] = {{1, 1}, {2, 2}, {3, 3}};
  const float means[] = {0.3f, 0.6f, 0.5f};
  for (std::size_t t = 0; t < 3; ++t)
    best(RoundRecord{.mean_score = means[t]},
         Snapshot<int>{.parameters = parameters[t], .samples = {}, .log_scores = {}});
  std::vector<float> restored(2);
  best.restore(exec, restored);
  CHECK(restored == std::vector<float>{2, 2});
  CHECK(best.score() == 0.6f);
  std::vector<float> others(3);
  CHECK_THROWS_WITH_AS(best.restore(exec, others), "KeepBest: wanted 2 parameters, got 3", Error);

  KeepBest of_run;
  const Report report = watched(model, of_run);
  float most = 0;
  for (const RoundRecord& r : report.history) most = std::max(most, r.mean_score);
  CHECK(of_run.score() == most);
  of_run.restore(exec, model.parameters());
}

TEST_CASE("CsvLog writes a line a round") {
  const std::string path = temporary("log.csv");
  {
    CsvLog log(path);
    log({.round = 0,
         .rounds = 2,
         .mean_score = 0.5f,
         .best_score = 1,
         .threshold = 0.25f,
         .elites = 4,
         .effective_samples = 4,
         .seconds = 1.5});
    log({.round = 1,
         .rounds = 2,
         .mean_score = 0.75f,
         .best_score = 1,
         .threshold = 0.5f,
         .elites = 4,
         .effective_samples = 2.5,
         .seconds = 3,
         .power = 0.5});
  }
  CHECK(contents(path) ==
        "round,seconds,mean_score,best_score,threshold,elites,effective_samples,power\n"
        "0,1.5,0.5,1,0.25,4,4,1\n1,3,0.75,1,0.5,4,2.5,0.5\n");
  std::filesystem::remove(path);
  CHECK_THROWS_WITH_AS(CsvLog("/nowhere/log.csv"), "CsvLog: could not write to \"/nowhere/log.csv\"", Error);
}

TEST_CASE("ShowProgress writes plain lines where there is no terminal") {
  const std::string path = temporary("progress.txt");
  std::FILE* const file = std::fopen(path.c_str(), "w");
  REQUIRE(file != nullptr);
  {
    Progress progress("tuning", file);
    for (const double done : {0.0, 0.04, 0.5, 0.52, 1.0}) progress(done, "a note");
  }
  std::fclose(file);
  std::istringstream lines(contents(path));
  std::vector<std::string> found;
  for (std::string line; std::getline(lines, line);) found.push_back(line.substr(0, 13));
  CHECK(found == std::vector<std::string>{"tuning:   0 %", "tuning:  50 %", "tuning: 100 %"});
  std::filesystem::remove(path);
}

TEST_CASE("ShowProgress tells of power and weights where they say something") {
  RoundRecord round{.round = 1, .rounds = 2, .mean_score = 0.75f, .best_score = 1, .elites = 4, .effective_samples = 4};
  CHECK(detail::describe(round) == "round 2, mean score 0.750, best 1.000");
  round.effective_samples = 2.5;
  CHECK(detail::describe(round) == "round 2, mean score 0.750, best 1.000, worth 2 samples");
  round.power = 0.125;
  CHECK(detail::describe(round) == "round 2, mean score 0.750, best 1.000, power 0.12, worth 2 samples");
}
