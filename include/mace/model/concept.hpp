// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <span>

#include "mace/core/philox.hpp"
#include "mace/select/concept.hpp"

namespace mace {

/// A distribution p(x; theta) that can be sampled, and whose parameters can be fitted to samples. `Sample` is trivially
/// copyable.
///
/// An infeasible round must leave theta unchanged. On the host the tuner then calls neither set_elites() nor
/// likelihood_gradient(). On a device it calls them in every round, since the host does not know the outcome yet, and
/// the executor's loops and copies do nothing (Executor::only_if). Matrix products are computed anyway: a custom model
/// writes their results to memory that the next round does not read, never to parameters().
template <class M, class Exec>
concept Model = requires(M& model, Exec& exec, const RandomKey& key, std::span<typename M::Sample> samples,
                         std::span<const typename M::Sample> drawn, const Elites<typename Exec::Space>& elites,
                         std::span<float> gradient) {
  /// The tuned parameters theta, in one flat buffer.
  { model.parameters() } -> std::convertible_to<std::span<float>>;
  /// Allocates memory for rounds of up to `samples` samples and `elites` elites in `batches` batches. Several tuners
  /// may reserve for the same model; memory only grows.
  model.reserve(exec, Index{}, Index{}, Index{});
  /// Draws samples from p(x; theta) with the random numbers of `key`.
  model.sample(exec, key, samples);
  /// Sets the elites of the following gradients. Computations that do not change between the steps belong here.
  model.set_elites(exec, drawn, elites);
  /// Writes the gradient of one batch's weighted log-likelihood, or of a bound on it, in theta.
  model.likelihood_gradient(exec, Index{}, gradient);
};

/// A model with a log density: log p(x; theta), minus infinity outside its support. Required wherever two distributions
/// are compared.
template <class M, class Exec>
concept DensityModel = requires(M& model, Exec& exec, std::span<const typename M::Sample> samples,
                                std::span<float> log_densities) {
  model.log_density(exec, samples, log_densities);
};

}  // namespace mace
