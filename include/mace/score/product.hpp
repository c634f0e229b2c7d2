// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <span>
#include <utility>

#include "mace/core/buffer.hpp"
#include "mace/core/error.hpp"
#include "mace/core/numeric.hpp"
#include "mace/core/pair.hpp"
#include "mace/score/concept.hpp"

namespace mace {

/// Exponents of a product: S = S_first^first S_second^second. They balance scores of different sharpness.
struct ProductWeights {
  float first = 1;   ///< exponent of the first score
  float second = 1;  ///< exponent of the second score
};

/// Product of two scores, each of its own kind of observation, on the outcomes of FanOut; an outcome is infeasible if
/// it is infeasible for either. A score may take one outcome or all, and may be a Product, nested like the FanOut:
/// Product(a, Product(b, c)).
///
/// Memory for the two kinds of outcomes is allocated in the first round.
template <class First, class Second, class Space = HostSpace>
class Product {
 public:
  using Outcome = Pair<typename First::Outcome, typename Second::Outcome>;
  static constexpr bool capturable = CapturableScore<First> && CapturableScore<Second>;

  /// Combines two scores.
  /// @param first    score of the outcomes' first part
  /// @param second   score of the outcomes' second part
  /// @param weights  exponents
  /// @throws Error unless the exponents are positive and finite.
  Product(First first, Second second, const ProductWeights& weights = {})
      : first_(std::move(first)), second_(std::move(second)), weights_(weights) {
    for (const float weight : {weights.first, weights.second})
      require(weight > 0 && numeric::is_finite(weight), "Product: wanted weights above 0, got ", weight);
  }

  /// Writes log S of each outcome; see score_outcomes for the arguments.
  template <class Exec>
  void log_scores(Exec& exec, std::span<const Outcome> outcomes, std::span<float> log_scores) {
    static_assert(std::same_as<typename Exec::Space, Space>,
                  "mace::Product: wanted an executor that works in its memory space: Product<First, Second, Space>");
    static_assert((OutcomeScore<First> || BatchScore<First, Exec>)&&(OutcomeScore<Second> || BatchScore<Second, Exec>),
                  "mace::Product: both scores must have Outcome and either `float operator()(const Outcome&) const` or "
                  "`log_scores(exec, outcomes, log_scores)`; see mace/score/concept.hpp");
    const auto count = static_cast<Index>(outcomes.size());
    grow(exec, firsts_, count);
    grow(exec, seconds_, count);
    grow(exec, second_scores_, count);
    const Outcome* const in = outcomes.data();
    auto* const first = firsts_.data();
    auto* const second = seconds_.data();
    exec.for_each_sample(count, [=] MACE_HD(Index i) { first[i] = in[i].first, second[i] = in[i].second; });
    score_part(exec, first_, firsts_, log_scores);
    score_part(exec, second_, seconds_, second_scores_.span().first(outcomes.size()));
    float* const sum = log_scores.data();
    const float* const other = second_scores_.data();
    const ProductWeights w = weights_;
    exec.for_each_element(count, [=] MACE_HD(Index i) { sum[i] = w.first * sum[i] + w.second * other[i]; });
  }

 private:
  template <class Exec, class Score>
  static void score_part(Exec& exec, Score& score, const Buffer<typename Score::Outcome, Space>& outcomes,
                         std::span<float> log_scores) {
    score_outcomes(exec, score, std::span<const typename Score::Outcome>(outcomes.data(), log_scores.size()),
                   log_scores);
  }

  First first_;
  Second second_;
  ProductWeights weights_;
  Buffer<typename First::Outcome, Space> firsts_;
  Buffer<typename Second::Outcome, Space> seconds_;
  Buffer<float, Space> second_scores_;
};

}  // namespace mace
