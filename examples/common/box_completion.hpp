// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "mace/cpu.hpp"
#include "mace/metrics/diversity_cpu.hpp"

/// The completion task (paper, App. C): half of a box's points are seen, the posterior is over whole boxes.
namespace mace::examples {

inline constexpr int box_points = 2048;

/// What was seen, and where the cut went if that is known.
struct PartialBox {
  std::vector<float> xyz;
  std::optional<HalfSpace> cut;
  Box truth{};  ///< of a box that was drawn
};

/// The rounds of Stream::evaluation, so that no two things that are drawn from one seed share random numbers.
struct EvaluationRound {
  static constexpr std::uint32_t observation = 0;       ///< a box, its cloud and its cut
  static constexpr std::uint32_t shown = 1;             ///< samples that are looked at
  static constexpr std::uint32_t fitted = 2;            ///< samples whose boxes are found
  static constexpr std::uint32_t best_of_prior = 1000;  ///< and all from there on
};

/// A box of the task's distribution, cut by the task's rule.
inline PartialBox draw_partial_box(std::uint64_t seed) {
  Random random({seed, Stream::evaluation, EvaluationRound::observation}, 0);
  PartialBox seen;
  seen.truth = random_box(random);
  std::vector<float> whole(3 * box_points);
  sample_box(seen.truth, random, whole.data(), box_points);
  seen.cut = random_cut(random, whole);
  for (auto p = whole.begin(); p != whole.end(); p += 3)
    if (seen.cut->contains(&*p)) seen.xyz.insert(seen.xyz.end(), p, p + 3);
  return seen;
}

/// Samples of a model, scored against the evidence.
struct ScoredSamples {
  Buffer<Cloud<box_points>> clouds;
  double score = 0;      ///< mean
  double best = 0;       ///< largest score
  double cd_k = 0;       ///< mean over the samples that are possible; NaN (in JSON: null) if none is
  double diversity = 0;  ///< mean CD_1 over all pairs; 0 where it was not asked for
};

/// A tunable prior over boxes against one observation.
template <class Shape>
class BoxCompletion {
  using Cut = HalfSpaceCut<box_points>;
  using Match = CloudMatch<box_points, HostSpace>;

 public:
  BoxCompletion(Cpu& exec, LatentVae<Cpu, Shape>& model, const PartialBox& seen)
      : exec_(exec),
        model_(model),
        cut_(seen.cut ? Cut{*seen.cut} : Cut::none()),
        // Without a known cut the unseen part of a sample must not count against it.
        match_(seen.xyz, {.tau = tau, .direction = seen.cut ? Direction::both : Direction::from_observation}) {}

  /// What tunes the model, from where it is. Errors: options that make no sense.
  template <class Policies>
  auto tuner(const TunerOptions& options, const Policies& policies) {
    return Tuner(exec_, model_, cut_, match_, options, policies);
  }

  /// The model becomes the prior.
  void reset() { model_.reset(exec_); }

  /// Draws from the model as it is now.
  ScoredSamples draw(Index count, std::uint32_t stream_round, bool with_diversity) {
    ScoredSamples drawn{exec_.allocate<Cloud<box_points>>(count)};
    auto outcomes = exec_.allocate<PartialCloud<box_points>>(count);
    auto log_scores = exec_.allocate<float>(count);
    const std::span<const Cloud<box_points>> clouds = drawn.clouds.span();
    model_.sample(exec_, {exec_.seed(), Stream::evaluation, stream_round}, drawn.clouds.span());
    cut_.simulate(exec_, clouds, outcomes.span());
    match_.log_scores(exec_, outcomes.span(), log_scores.span());
    Index possible = 0;
    for (const float log_score : log_scores.span()) {
      const double score = std::exp(static_cast<double>(log_score));
      drawn.score += score / static_cast<double>(count);
      drawn.best = std::max(drawn.best, score);
      if (score > 0 || std::isfinite(log_score)) {
        drawn.cd_k -= static_cast<double>(log_score / tau);
        ++possible;
      }
    }
    drawn.cd_k = possible > 0 ? drawn.cd_k / static_cast<double>(possible) : std::numeric_limits<double>::quiet_NaN();
    if (with_diversity) drawn.diversity = diversity<box_points>(exec_, clouds);
    return drawn;
  }

  /// The best score among `count` draws of the prior: what tuning is measured against.
  double best_of_prior(Index count) {
    reset();
    double best = 0;
    const Index batch = 256;
    for (Index first = 0; first < count; first += batch)
      best = std::max(best, draw(std::min(batch, count - first),
                                 EvaluationRound::best_of_prior + static_cast<std::uint32_t>(first), false)
                                .best);
    return best;
  }

 private:
  static constexpr float tau = 0.1f;  // (paper, App. C)

  Cpu& exec_;
  LatentVae<Cpu, Shape>& model_;
  Cut cut_;
  Match match_;
};

}  // namespace mace::examples
