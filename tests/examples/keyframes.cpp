// SPDX-License-Identifier: Apache-2.0
#include "common/keyframes.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "mace/tune/tuner.hpp"
#include "support/gaussian_task.hpp"

using namespace mace;
using namespace mace::examples;

namespace {

/// The rounds of the keyframes of a run that ended after so many rounds.
std::vector<Index> rounds_shown(Index rounds) {
  Keyframes<int> keyframes;
  for (Index round = 0; round < rounds; ++round) keyframes.keep(round, [&] { return Keyframe<int>{.round = round}; });
  std::vector<Index> shown;
  for (const auto& keyframe : keyframes.all({.round = 0}, {.round = rounds})) shown.push_back(keyframe.round);
  return shown;
}

using Point = Vec<2>;

/// A short run, with keyframes or without, and the parameters that it ends with.
std::pair<Report, std::vector<float>> short_run(Keyframes<Point>* keyframes) {
  Cpu exec({.seed = 3});
  test::PlaneGaussian model(exec);
  Tuner tuner{exec, model, test::Stay{}, test::NearTo{{0.5f, -0.5f}},
              TunerOptions{.samples = 32, .quantile = 0.25, .rounds = 40, .steps_per_round = 3}};
  Report report = run_with_keyframes(tuner, keyframes);
  return {std::move(report), {model.parameters().begin(), model.parameters().end()}};
}

}  // namespace

TEST_CASE("keyframes are at most sixteen, evenly spread, the first and the last among them") {
  for (Index rounds = 1; rounds <= 400; ++rounds) {
    CAPTURE(rounds);
    const std::vector<Index> shown = rounds_shown(rounds);
    CHECK(shown.front() == 0);
    CHECK(shown.back() == rounds);
    CHECK(shown.size() <= most_keyframes);
    CHECK(shown.size() >= std::min<std::size_t>(static_cast<std::size_t>(rounds) + 1, 14));
    Index least = rounds, most = 0;
    for (std::size_t i = 1; i < shown.size(); ++i) {
      least = std::min(least, shown[i] - shown[i - 1]);
      most = std::max(most, shown[i] - shown[i - 1]);
    }
    CHECK(least >= 1);
    CHECK(static_cast<double>(most) <= std::ceil(3.0 * static_cast<double>(rounds) / 15));
  }
}

TEST_CASE("however long a run is, few keyframes are made and fewer kept") {
  using Token = std::shared_ptr<int>;
  const Token token = std::make_shared<int>();
  Keyframes<Token> keyframes;
  int made = 0;
  for (Index round = 0; round < 10'000; ++round) {
    keyframes.keep(round, [&] {
      ++made;
      return Keyframe<Token>{.round = round, .samples = {token}};
    });
    REQUIRE(token.use_count() <= 1 + 28);
  }
  CHECK(made <= 28 + 14 * 9);  // at 28 every other goes: 9 times until every 512th of 10,000 is kept
}

TEST_CASE("a keyframe is the first samples of a round and their scores") {
  std::vector<int> samples(40);
  std::vector<float> log_scores(40, -std::numeric_limits<float>::infinity());
  for (int i = 0; i < 40; ++i) samples[static_cast<std::size_t>(i)] = i;
  log_scores[3] = -1;
  const auto keyframe = first_samples<int>(5, samples, log_scores);
  CHECK(keyframe.round == 5);
  CHECK(keyframe.samples == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
  CHECK(keyframe.scores.size() == 16);
  CHECK(keyframe.scores[0] == 0);
  CHECK(keyframe.scores[3] == doctest::Approx(std::exp(-1.0)));
  CHECK(first_samples<int>(0, std::span(samples).first(3), std::span(log_scores).first(3)).samples.size() == 3);
}

TEST_CASE("a run is the same whether keyframes are kept or not") {
  Keyframes<Point> keyframes;
  const auto [plain, plain_parameters] = short_run(nullptr);
  const auto [watched, watched_parameters] = short_run(&keyframes);
  CHECK(plain_parameters == watched_parameters);
  REQUIRE(plain.history.size() == watched.history.size());
  for (std::size_t i = 0; i < plain.history.size(); ++i) {
    CHECK(plain.history[i].mean_score == watched.history[i].mean_score);
    CHECK(plain.history[i].threshold == watched.history[i].threshold);
  }
  const auto shown = keyframes.all({.round = 0}, {.round = 40});
  CHECK(shown.size() == 16);
  for (std::size_t i = 1; i + 1 < shown.size(); ++i) {
    CHECK(shown[i].samples.size() == 16);
    for (std::size_t k = 0; k < 16; ++k) {
      const float score = std::exp(test::NearTo{{0.5f, -0.5f}}(shown[i].samples[k]));
      CHECK(shown[i].scores[k] == doctest::Approx(static_cast<double>(score)));
    }
  }
}
