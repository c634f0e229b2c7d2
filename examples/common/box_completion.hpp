// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "common/latent_posterior.hpp"
#include "common/scored_samples.hpp"
#include "mace/cpu.hpp"
#include "shapes/box.hpp"

/// The completion task (paper, App. C): half of a box's points are seen, the posterior is over whole boxes.
namespace mace::examples {

inline constexpr int box_points = cloud_points;

/// What was seen, and where the cut went if that is known.
struct PartialBox {
  std::vector<float> xyz;
  std::optional<CutPlane> cut;
  Box truth{};  ///< of a box that was drawn
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

/// Samples of a model, scored against the observation.
struct ScoredBoxes : ScoredSamples {
  double cd_k = 0;  ///< mean over the samples that are feasible; NaN (in JSON: null) if none is
};

/// A tunable prior over boxes against one observation.
template <class Shape, class Exec = Cpu>
class BoxCompletion {
  using Cut = HalfSpaceCut<box_points>;
  using Match = CloudMatch<box_points, typename Exec::Space>;

 public:
  BoxCompletion(Exec& exec, LatentVae<Exec, Shape>& model, const PartialBox& seen)
      : exec_(exec), model_(model), seen_(seen), cut_(seen.cut ? Cut{*seen.cut} : Cut::none()), match_(match()) {}

  /// What tunes the model, from where it is. Errors: options that make no sense.
  auto tuner(const TunerOptions& options, const Adam& optimizer) {
    return Tuner(exec_, model_, cut_, match(), options, optimizer);
  }

  /// What samples the posterior in the latents, whatever the model is tuned to. Errors: options that make no sense.
  auto posterior(const LatentPosteriorOptions& options) {
    return LatentPosterior<Exec, Shape, Cut, Match>(exec_, model_, cut_, match(), options);
  }

  /// The model becomes the prior.
  void reset() { model_.reset(exec_); }

  /// Draws from the model as it is now, or from the posterior.
  template <class Sampler>
  ScoredBoxes draw(Sampler& sampler, Index count, std::uint32_t stream_round, bool with_diversity) {
    ScoredBoxes drawn{draw_scored(exec_, sampler, cut_, match_, count, stream_round, with_diversity)};
    Index feasible = 0;
    for (const float log_score : drawn.log_scores.span()) {
      if (!std::isfinite(log_score)) continue;
      drawn.cd_k -= static_cast<double>(log_score / tau);
      ++feasible;
    }
    drawn.cd_k = feasible > 0 ? drawn.cd_k / static_cast<double>(feasible) : std::numeric_limits<double>::quiet_NaN();
    return drawn;
  }

  /// The best score among `count` draws of the prior: what tuning is measured against.
  double best_of_prior(Index count) {
    reset();
    return best_of_draws(exec_, model_, cut_, match_, count);
  }

 private:
  static constexpr float tau = 0.1f;  // (paper, App. C)

  /// One for each that needs it: its observation is in the executor's memory. Without a known cut the unseen part of a
  /// sample must not count against it.
  Match match() const {
    return Match(exec_, seen_.xyz,
                 {.tau = tau, .direction = seen_.cut ? Direction::both : Direction::from_observation});
  }

  Exec& exec_;
  LatentVae<Exec, Shape>& model_;
  PartialBox seen_;
  Cut cut_;
  Match match_;
};

}  // namespace mace::examples
