// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <span>
#include <type_traits>

#include "mace/backend/concept.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// A score of one outcome against the observation, as a logarithm: log S in (-infinity, 0] for S in (0, 1], minus
/// infinity for an infeasible outcome. The logarithm still orders outcomes whose score would underflow to zero. A small
/// functor, marked MACE_HD if it is to run on a GPU as well.
template <class S>
concept OutcomeScore = requires(const S& score, const typename S::Outcome& outcome) {
  { score(outcome) } -> std::convertible_to<float>;
};

/// A score of all outcomes of a round at once.
template <class S, class Exec>
concept BatchScore = requires(S& score, Exec& exec, std::span<const typename S::Outcome> outcomes,
                              std::span<float> log_scores) {
  score.log_scores(exec, outcomes, log_scores);
};

/// A score whose work a device can record and replay.
template <class S>
concept CapturableScore = Capturable<S> ||(OutcomeScore<S> && !requires { S::capturable; });

/// Alg. 1, line 4: log_scores[i] = log S(outcomes[i], observation).
/// @param exec        the executor
/// @param score       an OutcomeScore or BatchScore
/// @param outcomes    predicted observations [N]
/// @param log_scores  receives the log scores [N]
template <class Exec, class S>
void score_outcomes(Exec& exec, S& score, std::span<const typename S::Outcome> outcomes, std::span<float> log_scores) {
  if constexpr (BatchScore<S, Exec>) {
    score.log_scores(exec, outcomes, log_scores);
  } else {
    static_assert(
        std::is_trivially_copyable_v<S>,
        "mace: a score of one outcome must be trivially copyable (keep the buffer of exec.upload(...) outside and "
        "a span of it inside)");
    const auto* const in = outcomes.data();
    float* const out = log_scores.data();
    const S functor = score;
    exec.for_each_sample(static_cast<Index>(outcomes.size()), [=] MACE_HD(Index i) { out[i] = functor(in[i]); });
  }
}

}  // namespace mace
