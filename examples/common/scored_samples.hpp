// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <numeric>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "mace/core/host_copy.hpp"
#include "mace/cpu.hpp"
#include "mace/metrics/diversity_cpu.hpp"

/// Samples of a model of clouds, and how well they agree with the observation: what the tasks with clouds share.
namespace mace::examples {

inline constexpr int cloud_points = 2048;
inline constexpr Index drawn_samples = 49;  ///< that are looked at, as in the paper

/// The rounds of Stream::evaluation, so that no two things that are drawn from one seed share random numbers.
struct EvaluationRound {
  static constexpr std::uint32_t observation = 0;       ///< an object, its cloud and what is seen of it
  static constexpr std::uint32_t shown = 1;             ///< samples that are looked at
  static constexpr std::uint32_t fitted = 2;            ///< samples that are compared with a reference
  static constexpr std::uint32_t scatter = 3;           ///< where a mixture's components begin
  static constexpr std::uint32_t keyframe = 4;          ///< of what is sampled, on the way to a posterior
  static constexpr std::uint32_t thinned = 5;           ///< which points of an observation are scored
  static constexpr std::uint32_t best_of_prior = 1000;  ///< and all from there on
};

/// Samples of a model, scored against the observation.
struct ScoredSamples {
  Buffer<Cloud<cloud_points>> clouds;
  Buffer<float> log_scores;
  double score = 0;      ///< mean
  double best = 0;       ///< largest score
  double diversity = 0;  ///< mean CD_1 over all pairs; 0 where it was not asked for
};

/// A buffer of the executor's, where the host can use it.
template <class Exec, class T>
Buffer<T> moved_to_host(Exec& exec, Buffer<T, typename Exec::Space> buffer) {
  if constexpr (std::same_as<typename Exec::Space, HostSpace>) {
    return buffer;
  } else {
    Buffer<T> copy(buffer.size());
    exec.copy(std::span<const T>(buffer.span()), copy.span());
    exec.finish();
    return copy;
  }
}

/// Diversity of clouds of the host's; beside a device all of its threads work on it.
template <class Exec>
double diversity_of(Exec& exec, const Buffer<Cloud<cloud_points>>& clouds) {
  const std::span<const Cloud<cloud_points>> all = clouds.span();
  if constexpr (std::same_as<Exec, Cpu>) {
    return diversity<cloud_points>(exec, all);
  } else {
    Cpu host({.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))});
    return diversity<cloud_points>(host, all);
  }
}

/// Draws from `model`, anything with sample(exec, key, samples), and scores what would be observed of each.
template <class Exec, class Model, class Simulator, class Score>
ScoredSamples draw_scored(Exec& exec, Model& model, Simulator& simulator, Score& score, Index count,
                          std::uint32_t round, bool with_diversity) {
  using Sample = Cloud<cloud_points>;
  using Outcome = typename Simulator::Outcome;
  auto clouds = exec.template allocate<Sample>(count);
  auto outcomes = exec.template allocate<Outcome>(count);
  auto log_scores = exec.template allocate<float>(count);
  model.sample(exec, {exec.seed(), Stream::evaluation, round}, clouds.span());
  simulate(exec, simulator, std::span<const Sample>(clouds.span()), outcomes.span(),
           {.seed = exec.seed(), .stream = Stream::simulator});
  score_outcomes(exec, score, std::span<const Outcome>(outcomes.span()), log_scores.span());
  ScoredSamples drawn{moved_to_host(exec, std::move(clouds)), moved_to_host(exec, std::move(log_scores))};
  for (const float log_score : drawn.log_scores.span()) {
    const double one = std::exp(static_cast<double>(log_score));
    drawn.score += one / static_cast<double>(count);
    drawn.best = std::max(drawn.best, one);
  }
  if (with_diversity) drawn.diversity = diversity_of(exec, drawn.clouds);
  return drawn;
}

/// The `count` samples of the highest scores, in the order they were drawn in, with diversity.
template <class Exec>
ScoredSamples best_of_samples(Exec& exec, const ScoredSamples& all, Index count) {
  std::vector<Index> order(static_cast<std::size_t>(all.clouds.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return all.log_scores.data()[a] > all.log_scores.data()[b]; });
  std::sort(order.begin(), order.begin() + count);
  ScoredSamples best{Buffer<Cloud<cloud_points>>(count), Buffer<float>(count)};
  best.best = all.best;
  for (Index i = 0; i < count; ++i) {
    const Index from = order[static_cast<std::size_t>(i)];
    best.clouds.data()[i] = all.clouds.data()[from];
    best.log_scores.data()[i] = all.log_scores.data()[from];
    best.score += std::exp(static_cast<double>(best.log_scores.data()[i])) / static_cast<double>(count);
  }
  best.diversity = diversity_of(exec, best.clouds);
  return best;
}

/// The best score among `count` draws of a model: of the prior, what tuning is measured against.
template <class Exec, class Model, class Simulator, class Score>
double best_of_draws(Exec& exec, Model& model, Simulator& simulator, Score& score, Index count) {
  double best = 0;
  const Index batch = 256;
  for (Index first = 0; first < count; first += batch) {
    const auto round = EvaluationRound::best_of_prior + static_cast<std::uint32_t>(first);
    best =
        std::max(best, draw_scored(exec, model, simulator, score, std::min(batch, count - first), round, false).best);
  }
  return best;
}

/// The standard deviation of a tuned model's latents over the prior's, averaged: 1 is the prior, 0 a single sample.
template <class Exec, class Model>
double latent_spread(Exec& exec, Model& model) {
  const std::vector<float> log_sigmas = copy_to_host(exec, std::span<const float>(model.log_sigma()));
  double sum = 0;
  for (const float log_sigma : log_sigmas)
    sum += std::exp(static_cast<double>(log_sigma)) / static_cast<double>(model.prior_sigma());
  return sum / static_cast<double>(log_sigmas.size());
}

}  // namespace mace::examples
