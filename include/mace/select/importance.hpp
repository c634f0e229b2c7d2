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

namespace detail {

/// Computes the weights of a round's samples, normalized in each batch.
struct WeighSamples {
  const float *log_scores, *at_prior, *at_model;
  Index per_batch, batches;
  float* weights;
  std::int32_t *indices, *found;

  MACE_HD void operator()(Index) const {
    *found = 0;
    for (Index b = 0; b < batches; ++b) weigh(b * per_batch, (b + 1) * per_batch);
  }

 private:
  MACE_HD void weigh(Index first, Index end) const {
    double largest = -numeric::infinity, sum = 0;
    for (Index i = first; i < end; ++i) {
      const double log = log_weight(i);
      largest = log > largest || log != log ? log : largest;  // a NaN is kept
    }
    for (Index i = first; i < end; ++i) sum += share(i, largest);
    for (Index i = first; i < end; ++i) {
      weights[i] = sum > 0 || sum != sum ? static_cast<float>(share(i, largest) / sum) : 0.0f;
      indices[i] = static_cast<std::int32_t>(i);
      *found += weights[i] > 0 ? 1 : 0;
    }
  }
  MACE_HD double share(Index i, double largest) const {
    const double log = log_weight(i);
    return log > -numeric::infinity || log != log ? numeric::exp(log - largest) : 0.0;
  }
  /// Minus infinity if the score or the prior is 0; NaN if a density is invalid.
  MACE_HD double log_weight(Index i) const {
    const auto score = static_cast<double>(log_scores[i]), prior = static_cast<double>(at_prior[i]),
               model = static_cast<double>(at_model[i]);
    if (prior != prior || !(model > -numeric::infinity)) return numeric::not_a_number;
    return score > -numeric::infinity ? score + prior - model : -numeric::infinity;
  }
};

}  // namespace detail

/// Importance sampling, the paper's baseline (Eq. 2). It selects no elites but gives every sample the weight
///
///     w_i proportional to S(x_i) p(x_i; theta_0) / p(x_i; theta_{t-1}),   sum_i w_i = 1,
///
/// where theta_{t-1} are the parameters that the round was drawn with. Up to sampling noise, the objective sum_i w_i
/// log p(x_i; theta) is then maximal at the model closest to the posterior p(x; theta_0) S(x). The weights are computed
/// from logarithms, so that scores and densities below the smallest float still distinguish samples; RoundRecord
/// reports the effective sample size.
///
/// A density that is NaN, or that is zero at a sample of the model, makes the weights NaN, for which the tuner throws.
///
/// TunerOptions::quantile must be 1, and the model needs log_density. LatentVae provides only a bound on it, but the
/// terms in theta of that bound give the ratio that the paper's baseline uses. With more than one batch the weights sum
/// to one in each.
template <class Exec, class Model>
class Importance {
  static_assert(
      DensityModel<Model, Exec>,
      "mace::Importance: the model must have log_density(exec, samples, log_densities); see mace/model/concept.hpp");

 public:
  using Sample = typename Model::Sample;

  /// Stores the model's current parameters as theta_0.
  /// @param exec   the model's executor
  /// @param model  the model to be tuned, at its prior
  Importance(Exec& exec, Model& model)
      : prior_(exec.upload(model.parameters())), drawn_with_(exec.template allocate<float>(prior_.size())) {}

  /// Allocates memory for the densities of a round.
  /// @param exec     the executor
  /// @param samples  samples per round
  /// @param elites   elites per round
  /// @throws Error unless elites equals samples, that is for a quantile of 1.
  void reserve(Exec& exec, Index samples, Index elites) {
    require(elites == samples, "Importance: wanted a quantile of 1, as every sample has a weight, got ", elites,
            " elites of ", samples, " samples");
    at_prior_ = exec.template allocate<float>(samples);
    at_model_ = exec.template allocate<float>(samples);
  }

  /// Weights all samples; see select_elites for the arguments.
  void operator()(Exec& exec, Model& model, std::span<const Sample> samples, std::span<const float> log_scores,
                  std::span<std::int32_t>, Elites<typename Exec::Space>& elites) {
    log_densities(exec, model, samples);
    exec.for_each_sample(
        1, detail::WeighSamples{log_scores.data(), at_prior_.data(), at_model_.data(), elites.per_batch, elites.batches,
                                elites.weights.data(), elites.indices.data(), elites.found.data()});
  }

 private:
  /// Log densities of the samples under theta_{t-1} and theta_0. One model evaluates both, so that it can share the
  /// terms that do not depend on theta; its parameters are restored afterwards.
  void log_densities(Exec& exec, Model& model, std::span<const Sample> samples) {
    const std::span<float> theta = model.parameters();
    model.log_density(exec, samples, at_model_.span());
    exec.copy(std::span<const float>(theta), drawn_with_.span());
    exec.copy(std::span<const float>(prior_.span()), theta);
    model.log_density(exec, samples, at_prior_.span());
    exec.copy(std::span<const float>(drawn_with_.span()), theta);
  }

  Buffer<float, typename Exec::Space> prior_, drawn_with_, at_prior_, at_model_;
};

}  // namespace mace
