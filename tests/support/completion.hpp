// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "mace/io/cloud.hpp"
#include "mace/io/safetensors.hpp"
#include "mace/model/latent_vae.hpp"
#include "mace/prior/vae_prior.hpp"
#include "mace/score/cloud_match.hpp"
#include "mace/simulate/half_space_cut.hpp"
#include "mace/tune/tuner.hpp"

namespace mace::test {

/// Completes the shipped observation on an executor: the elites of the prior's samples, and the mean score after some
/// rounds.
template <class Exec>
struct Completion {
  static constexpr Index samples = 256, elites = 8;

  std::vector<std::int32_t> chosen;
  double score = 0;

  explicit Completion(Exec exec) {
    const std::string priors = MACE_SOURCE_DIR "/priors/";
    const VaePrior prior = read_vae<SmallVae>(read_safetensors(priors + "boxes.safetensors"));
    LatentVae<Exec, SmallVae> model(exec, prior.weights, prior.prior_sigma);
    const std::vector<float> seen = read_cloud(priors + "observations/box.ply");
    const CloudMatchOptions match{.direction = Direction::from_observation};
    Tuner tuner(exec, model, HalfSpaceCut<2048>::none(), CloudMatch<2048, typename Exec::Space>(exec, seen, match),
                {.samples = samples,
                 .quantile = static_cast<double>(elites) / static_cast<double>(samples),
                 .rounds = 16,
                 .steps_per_round = 128});
    const Report report = tuner.run([&](const RoundRecord& round, const Snapshot<SmallVae::Sample>& drawn) {
      if (round.round == 0) chosen = best_of(drawn.log_scores);
    });
    score = static_cast<double>(report.history.back().mean_score);
  }

  /// How many of another's elites are not among these.
  std::ptrdiff_t missing(const Completion& other) const {
    return std::count_if(other.chosen.begin(), other.chosen.end(),
                         [&](std::int32_t i) { return std::find(chosen.begin(), chosen.end(), i) == chosen.end(); });
  }

 private:
  static std::vector<std::int32_t> best_of(std::span<const float> log_scores) {
    std::vector<std::int32_t> order(log_scores.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
      return log_scores[static_cast<std::size_t>(a)] > log_scores[static_cast<std::size_t>(b)];
    });
    order.resize(elites);
    return order;
  }
};

}  // namespace mace::test
