// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <span>

#include "mace/core/philox.hpp"
#include "mace/select/concept.hpp"

namespace mace {

/// A distribution p(x; theta) that can be sampled and whose parameters can be moved towards samples. `Sample` is what
/// it draws, trivially copyable.
///
/// A round without a feasible sample must leave theta as it is. On the host the tuner then calls neither set_elites()
/// nor likelihood_gradient(). On a device it calls them in every round, since the host does not know yet, and the loops
/// and copies of the executor do nothing there (Executor::only_if). Matrix products are computed anyway: a model of
/// one's own writes their results to memory that the next round does not read, never into parameters().
template <class M, class Exec>
concept Model = requires(M& model, Exec& exec, const RandomKey& key, std::span<typename M::Sample> samples,
                         std::span<const typename M::Sample> drawn, const Elites<typename Exec::Space>& elites,
                         std::span<float> gradient) {
  /// The tuned parameters, one flat buffer.
  { model.parameters() } -> std::convertible_to<std::span<float>>;
  /// Makes room for rounds of up to `samples` samples and `elites` elites in `batches` batches. Each tuner of the model
  /// asks for its own rounds: what is there already stays, and only grows.
  model.reserve(exec, Index{}, Index{}, Index{});
  /// Draws samples from p(x; theta) with the numbers of `key`.
  model.sample(exec, key, samples);
  /// Takes the elites that the next gradients are of, as many as `elites` has: whatever does not change between steps
  /// is done here.
  model.set_elites(exec, drawn, elites);
  /// Writes the gradient in theta of the elites' weighted log-likelihood (or of a bound on it), for one batch.
  model.likelihood_gradient(exec, Index{}, gradient);
};

/// A model that can also tell how likely samples are: log p(x; theta), minus infinity for those that it never draws.
/// What compares two distributions asks for it.
template <class M, class Exec>
concept DensityModel = requires(M& model, Exec& exec, std::span<const typename M::Sample> samples,
                                std::span<float> log_densities) {
  model.log_density(exec, samples, log_densities);
};

}  // namespace mace
