// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "mace/core/buffer.hpp"
#include "mace/core/error.hpp"
#include "mace/core/numeric.hpp"
#include "mace/model/concept.hpp"
#include "mace/select/concept.hpp"

namespace mace {

/// The paper's baseline, importance sampling (Eq. 2): no elites, but every sample with the weight
///
///     w_i proportional to S(x_i) p(x_i; theta_0) / p(x_i; theta_{t-1}),   sum_i w_i = 1,
///
/// for which the objective sum_i w_i log p(x_i; theta) has its optimum at the model nearest to the posterior
/// p(x; theta_0) S(x), up to the noise of the draw. theta_{t-1} is what the round was drawn with. Weights are made from
/// logarithms, so that scores and densities far below the least float still tell samples apart; RoundRecord says how many
/// samples they are worth.
///
/// It asks for TunerOptions::quantile = 1, and for a model with log_density. LatentVae has only a bound on it, but one whose
/// ratio is that of its terms in theta; the paper's baseline is that too. With more than one batch the weights sum to one in
/// each.
template <class Exec, class Model>
class Importance {
  static_assert(
      DensityModel<Model, Exec>,
      "mace::Importance: the model must have log_density(exec, samples, log_densities); see mace/model/concept.hpp");

 public:
  using Sample = typename Model::Sample;

  /// theta_0 are the parameters that `model`, the one to be tuned, has now.
  Importance(Exec& exec, Model& model)
      : prior_(exec.upload(model.parameters())), drawn_with_(exec.template allocate<float>(prior_.size())) {}

  /// Errors: fewer elites than samples.
  void reserve(Exec& exec, Index samples, Index elites) {
    require(elites == samples, "Importance: wanted a quantile of 1, as every sample has a weight, got ", elites,
            " elites of ", samples, " samples");
    at_prior_ = exec.template allocate<float>(samples);
    at_model_ = exec.template allocate<float>(samples);
  }

  /// Weighs all samples. Errors: one that the model drew, or so it seems, with density zero, or a density that is NaN.
  void operator()(Exec& exec, Model& model, std::span<const Sample> samples, std::span<const float> log_scores,
                  std::span<std::int32_t>, Elites<typename Exec::Space>& elites) {
    log_densities(exec, model, samples);
    elites.found = 0;
    for (Index b = 0; b < elites.batches; ++b) elites.found += weigh(log_scores, b * elites.per_batch, elites);
  }

 private:
  /// What the model says of the samples, and what it said with theta_0: no second one is needed, and what both have in common
  /// a model may do once. Its parameters are back in place afterwards.
  void log_densities(Exec& exec, Model& model, std::span<const Sample> samples) {
    const std::span<float> theta = model.parameters();
    model.log_density(exec, samples, at_model_.span());
    exec.copy(std::span<const float>(theta), drawn_with_.span());
    exec.copy(std::span<const float>(prior_.span()), theta);
    model.log_density(exec, samples, at_prior_.span());
    exec.copy(std::span<const float>(drawn_with_.span()), theta);
  }

  /// Weighs the batch that begins with sample `first`; returns how many of its samples have a weight.
  std::int32_t weigh(std::span<const float> log_scores, Index first, Elites<typename Exec::Space>& elites) const {
    const Index end = first + elites.per_batch;
    double largest = -numeric::infinity, sum = 0;
    for (Index i = first; i < end; ++i) largest = std::max(largest, log_weight(log_scores, i));
    const auto share = [&](Index i) {
      const double log = log_weight(log_scores, i);
      return log > -numeric::infinity ? numeric::exp(log - largest) : 0.0;
    };
    for (Index i = first; i < end; ++i) sum += share(i);
    std::int32_t found = 0;
    for (Index i = first; i < end; ++i) {
      float& weight = elites.weights.data()[i];
      weight = sum > 0 ? static_cast<float>(share(i) / sum) : 0.0f;
      elites.indices.data()[i] = static_cast<std::int32_t>(i);
      found += weight > 0 ? 1 : 0;
    }
    return found;
  }

  /// Minus infinity for what the score or the prior calls impossible.
  double log_weight(std::span<const float> log_scores, Index i) const {
    const auto score = static_cast<double>(log_scores[static_cast<std::size_t>(i)]);
    const auto prior = static_cast<double>(at_prior_.data()[i]), model = static_cast<double>(at_model_.data()[i]);
    require(!(prior != prior) && model > -numeric::infinity, "Importance: wanted samples of a density above zero, got ",
            model, " for the log density of sample ", i, " where it was drawn, ", prior, " in the prior");
    return score > -numeric::infinity ? score + prior - model : -numeric::infinity;
  }

  Buffer<float, typename Exec::Space> prior_, drawn_with_, at_prior_, at_model_;
};

}  // namespace mace
