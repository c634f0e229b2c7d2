// SPDX-License-Identifier: Apache-2.0
#include "mace/tune/observers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "support/executor.hpp"
#include "support/gaussian_task.hpp"

using namespace mace;
using test::NearTo;
using test::PlaneGaussian;
using test::Stay;

namespace {

constexpr TunerOptions small_run = {.samples = 32, .quantile = 0.25, .rounds = 6, .steps_per_round = 10};

/// A small run watched by `observers`.
template <class... Observers>
Report watched(test::Exec& exec, PlaneGaussian& model, Observers&&... observers) {
  Tuner tuner{exec, model, Stay{}, NearTo{{0.5f, -0.5f}}, small_run};
  return tuner.run(observers...);
}

}  // namespace

TEST_CASE("any callable may watch, and one that returns true ends the run") {
  auto exec = test::executor({.seed = 3});
  PlaneGaussian model(exec);
  std::vector<Index> silent, asked;
  bool whole_round_seen = true;
  const Report report = watched(
      exec, model, [&](const RoundRecord& r) { silent.push_back(r.round); },
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
  auto exec = test::executor({.seed = 3});
  PlaneGaussian model(exec);
  std::vector<float> first_parameters, second_parameters;
  const NearTo score{{0.5f, -0.5f}};
  bool agree = true;
  watched(exec, model, [&](const RoundRecord& r, const Snapshot<Vec<2>>& seen) {
    if (r.round == 0) first_parameters.assign(seen.parameters.begin(), seen.parameters.end());
    if (r.round == 1) second_parameters.assign(seen.parameters.begin(), seen.parameters.end());
    for (std::size_t i = 0; i < seen.samples.size(); ++i) agree = agree && seen.log_scores[i] == score(seen.samples[i]);
  });
  CHECK(first_parameters == std::vector<float>(4));
  CHECK(second_parameters != first_parameters);
  CHECK(agree);
}

TEST_CASE("StopAtScore ends the run at its score") {
  auto exec = test::executor({.seed = 3});
  PlaneGaussian model(exec);
  const Report report = watched(exec, model, StopAtScore{0.0f});
  CHECK(report.stopped);
  CHECK(report.rounds == 1 + test::Exec::rounds_ahead);
  PlaneGaussian other(exec);
  CHECK_FALSE(watched(exec, other, StopAtScore{1.5f}).stopped);
}

TEST_CASE("KeepBest restores the parameters with the best mean score") {
  auto exec = test::executor({.seed = 3});
  PlaneGaussian model(exec);
  KeepBest best;
  CHECK_THROWS_AS(best.restore(exec, model.parameters()), Error);

  const std::vector<float> parameters[] = {{1, 1}, {2, 2}, {3, 3}};
  const float means[] = {0.3f, 0.6f, 0.5f};
  for (std::size_t t = 0; t < 3; ++t)
    best(RoundRecord{.mean_score = means[t]},
         Snapshot<int>{.parameters = parameters[t], .samples = {}, .log_scores = {}});
  const auto restored = exec.allocate<float>(2);
  best.restore(exec, restored.span());
  CHECK(test::on_host(exec, restored) == std::vector<float>{2, 2});
  CHECK(best.score() == 0.6f);
  std::vector<float> others(3);
  CHECK_THROWS_WITH_AS(best.restore(exec, others), "KeepBest: wanted 2 parameters, got 3", Error);

  KeepBest of_run;
  const Report report = watched(exec, model, of_run);
  float most = 0;
  for (const RoundRecord& r : report.history) most = std::max(most, r.mean_score);
  CHECK(of_run.score() == most);
  of_run.restore(exec, model.parameters());
}
