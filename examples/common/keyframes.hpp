// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mace/tune/observers.hpp"
#include "mace/tune/report.hpp"

/// Some samples of some rounds of a run, for the page that shows it.
namespace mace::examples {

inline constexpr std::size_t most_keyframes = 16, most_samples = 16;

/// What the model drew at one time.
template <class Sample>
struct Keyframe {
  Index round = 0;  ///< after so many rounds of tuning; 0: the prior
  std::vector<Sample> samples = {};
  std::vector<double> scores = {};  ///< in [0, 1], one a sample; NaN where unknown
  std::string label = {};           ///< what the samples are called, if not by the round
};

/// A fair draw of those that were drawn: the first ones, not the best.
template <class Sample>
Keyframe<Sample> first_samples(Index round, std::span<const Sample> samples, std::span<const float> log_scores) {
  const std::size_t count = std::min(most_samples, samples.size());
  Keyframe<Sample> keyframe{.round = round, .samples = {samples.begin(), samples.begin() + static_cast<Index>(count)}};
  for (const float log_score : log_scores.first(count))
    keyframe.scores.push_back(std::exp(static_cast<double>(log_score)));
  return keyframe;
}

/// The keyframes of a run of unknown length, which it only watches: a run is the same with and without it.
template <class Sample>
class Keyframes {
 public:
  /// As an observer of a Tuner, whose round 0 draws from the prior, as `all` is told.
  void operator()(const RoundRecord& record, const Snapshot<Sample>& seen) {
    keep(record.round, [&] { return first_samples(record.round, seen.samples, seen.log_scores); });
  }

  /// Keeps the keyframe that `make` returns, if it is one that is wanted after this round.
  template <class Make>
  void keep(Index round, const Make& make) {
    if (round == 0 || round % stride_ != 0) return;
    kept_.push_back(make());
    if (kept_.size() < 2 * room) return;
    stride_ *= 2;
    std::erase_if(kept_, [&](const Keyframe<Sample>& keyframe) { return keyframe.round % stride_ != 0; });
  }

  /// What was kept before round `last`, evenly spread, so many that there is room for the first and the last.
  std::vector<Keyframe<Sample>> between(Index last) const {
    const auto end = std::find_if(kept_.begin(), kept_.end(), [&](const auto& of) { return of.round >= last; });
    const auto known = static_cast<std::size_t>(end - kept_.begin()), shown = std::min(room, known);
    std::vector<Keyframe<Sample>> some;
    for (std::size_t i = 0; i < shown; ++i) some.push_back(kept_[(2 * i + 1) * known / (2 * shown)]);
    return some;
  }

  /// The whole run.
  std::vector<Keyframe<Sample>> all(Keyframe<Sample> first, Keyframe<Sample> last) const {
    std::vector<Keyframe<Sample>> run = between(last.round);
    run.insert(run.begin(), std::move(first));
    run.push_back(std::move(last));
    return run;
  }

 private:
  static constexpr std::size_t room = most_keyframes - 2;

  std::vector<Keyframe<Sample>> kept_;  ///< up to twice as many as are shown, of every stride_-th round
  Index stride_ = 1;
};

/// Runs what tunes a model, and keeps keyframes if they are wanted: a device would wait for it in each round.
template <class Tuner, class Sample>
Report run_with_keyframes(Tuner& tuner, Keyframes<Sample>* keyframes) {
  return keyframes != nullptr ? tuner.run(ShowProgress(), *keyframes) : tuner.run(ShowProgress());
}

}  // namespace mace::examples
