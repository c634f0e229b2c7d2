// SPDX-License-Identifier: Apache-2.0
// What rounding the factors of matrix products to TF32 does to a task of the paper's: to a round's elites, and to the
// posterior.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cuda/support.cuh"
#include "mace/io/cloud.hpp"
#include "mace/io/safetensors.hpp"
#include "mace/train/vae_prior.hpp"

using namespace mace;

namespace {

constexpr Index samples = 256, elites = 8;
const std::string priors = MACE_SOURCE_DIR "/priors/";

/// Completes the shipped observation: the elites of the prior's samples, and the mean score after some rounds.
struct Completion {
  std::vector<std::int32_t> chosen;
  double score = 0;

  explicit Completion(Precision precision) {
    Cuda exec = cuda({.seed = 5, .precision = precision});
    const VaePrior prior = read_vae<SmallVae>(read_safetensors(priors + "boxes.safetensors"));
    LatentVae<Cuda, SmallVae> model(exec, exec.upload(prior.weights).span(), prior.prior_sigma);
    const CloudMatchOptions match{.direction = Direction::from_observation};
    const std::vector<float> seen = read_cloud(priors + "observations/box.ply");
    Tuner tuner(exec, model, HalfSpaceCut<2048>::none(), CloudMatch<2048, DeviceSpace>(seen, match),
                {.samples = samples, .quantile = double(elites) / samples, .rounds = 16, .steps = 128});
    const Report report = tuner.run([&](const RoundRecord& round, const Snapshot<SmallVae::Sample>& drawn) {
      if (round.round == 0) chosen = best_of(drawn.log_scores);
    });
    score = report.history.back().mean_score;
  }

  static std::vector<std::int32_t> best_of(std::span<const float> log_scores) {
    std::vector<std::int32_t> order(log_scores.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return log_scores[a] > log_scores[b]; });
    order.resize(elites);
    return order;
  }
};

}  // namespace

TEST_SUITE("whole tasks") {
  TEST_CASE("TF32 changes few of the elites, and the posterior hardly") {
    const Completion exact(Precision::fp32), rounded(Precision::tf32);
    const auto changed = std::count_if(rounded.chosen.begin(), rounded.chosen.end(), [&](std::int32_t i) {
      return std::find(exact.chosen.begin(), exact.chosen.end(), i) == exact.chosen.end();
    });
    MESSAGE("TF32: ", changed, " of ", elites, " elites of the first round changed; mean score after 16 rounds ",
            rounded.score, ", in single precision ", exact.score);
    CHECK(changed <= elites / 2);
    CHECK(std::abs(rounded.score - exact.score) < 0.1);
  }
}
