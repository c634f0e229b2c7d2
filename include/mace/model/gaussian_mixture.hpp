// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <span>

#include "mace/backend/concept.hpp"
#include "mace/core/philox.hpp"
#include "mace/core/softmax.hpp"
#include "mace/core/vec.hpp"
#include "mace/select/concept.hpp"

namespace mace {

/// Density of a mixture of `Components` diagonal Gaussians in `Dims` dimensions. The flat parameters are one logit per
/// component, then the means, then the logs of the standard deviations (component by component).
template <int Dims, int Components, class Real = float>
struct MixtureDensity {
  static constexpr Index parameters = Components * (1 + 2 * Dims);  ///< number of parameters
  const Real* theta;                                                ///< the flat parameters

  /// Mean of component k.
  MACE_HD const Real* mean(int k) const { return theta + Components + k * Dims; }
  /// Logs of the standard deviations of component k.
  MACE_HD const Real* log_sigma(int k) const { return theta + Components * (1 + Dims) + k * Dims; }

  /// Log of component k's weighted density at x, up to the softmax's denominator.
  /// @param x  a point
  /// @param k  index of the component
  MACE_HD Real log_term(const Vec<Dims, Real>& x, int k) const {
    Real log_density = theta[k];
    for (int d = 0; d < Dims; ++d) {
      const Real z = (x[d] - mean(k)[d]) * numeric::exp(-log_sigma(k)[d]);
      log_density -= Real(0.5) * z * z + log_sigma(k)[d] + Real(0.918938533204672742);  // log sqrt(2 pi)
    }
    return log_density;
  }

  /// Log density at x.
  MACE_HD Real log_density(const Vec<Dims, Real>& x) const {
    Real term[Components];
    for (int k = 0; k < Components; ++k) term[k] = log_term(x, k);
    return softmax::log_sum(term, Components) - softmax::log_sum(theta, Components);
  }

  /// Responsibilities of the components at x, which sum to one.
  /// @param x      a point
  /// @param share  receives one number per component
  MACE_HD void responsibilities(const Vec<Dims, Real>& x, Real* share) const {
    for (int k = 0; k < Components; ++k) share[k] = log_term(x, k);
    const Real total = softmax::log_sum(share, Components);
    for (int k = 0; k < Components; ++k) share[k] = numeric::exp(share[k] - total);
  }

  /// Weight of component k.
  MACE_HD Real mixing(int k) const { return numeric::exp(theta[k] - softmax::log_sum(theta, Components)); }

  /// Adds `weight` times the gradient of log_density(x) in component k's parameters.
  /// @param x         a point
  /// @param k         index of the component
  /// @param share     the component's responsibility at x
  /// @param mixing    mixing(k)
  /// @param weight    factor of the gradient
  /// @param gradient  the gradient to add to, in all parameters
  MACE_HD void add_gradient(const Vec<Dims, Real>& x, int k, Real share, Real mixing, Real weight,
                            Real* gradient) const {
    gradient[k] += weight * (share - mixing);
    if (share < Real(1e-20)) return;  // negligible, and denormals are slow
    for (int d = 0; d < Dims; ++d) {
      const Real precision = numeric::exp(Real(-2) * log_sigma(k)[d]);
      const Real shift = x[d] - mean(k)[d];
      gradient[Components + k * Dims + d] += weight * share * shift * precision;
      gradient[Components * (1 + Dims) + k * Dims + d] += weight * share * (shift * shift * precision - Real(1));
    }
  }
};

/// Mixture of diagonal Gaussians as a model: few parameters, an exact likelihood, several modes.
template <class Exec, int Dims, int Components>
class GaussianMixture {
  using Density = MixtureDensity<Dims, Components>;

 public:
  using Sample = Vec<Dims>;

  /// Starts with components of equal weight.
  /// @param exec   executor of the model
  /// @param means  Dims * Components numbers, component by component, in host memory or the executor's; copied
  /// @param sigma  standard deviation of each component along each dimension
  /// @throws Error if the number of means differs, or sigma is not positive.
  GaussianMixture(Exec& exec, std::span<const float> means, float sigma)
      : parameters_(exec.template allocate<float>(Density::parameters)) {
    require(means.size() == static_cast<std::size_t>(Dims * Components), "GaussianMixture: wanted ", Dims * Components,
            " numbers for the means, got ", means.size());
    require(sigma > 0, "GaussianMixture: wanted a sigma above 0, got ", sigma);
    exec.copy(means, parameters_.span().subspan(Components, means.size()));
    exec.fill(parameters_.span().last(means.size()), std::log(sigma));
  }

  /// The tuned parameters; see MixtureDensity.
  std::span<float> parameters() { return parameters_.span(); }

  /// Moves each mean by a normal random number times `by` standard deviations of its component. Identical components
  /// would stay identical in every fit, so a mixture that starts as one Gaussian needs this.
  /// @param exec  the executor
  /// @param key   random key of the numbers
  /// @param by    standard deviation of the move, relative to the component's
  void scatter(Exec& exec, const RandomKey& key, float by) {
    float* const theta = parameters_.data();
    exec.for_each_element(Dims * Components, [=] MACE_HD(Index i) {
      Random random(key, static_cast<std::uint32_t>(i));
      theta[Components + i] += by * numeric::exp(theta[Components * (1 + Dims) + i]) * random.normal();
    });
  }

  /// Allocates memory for a round; see the concept Model.
  void reserve(Exec& exec, Index, Index elites, Index) {
    grow(exec, weights_, elites);
    grow(exec, shares_, Components * elites);
    grow(exec, elites_, elites);  // last: its size implies the others
  }

  /// Draws samples; see the concept Model.
  void sample(Exec& exec, const RandomKey& key, std::span<Sample> samples) {
    const Density density{parameters_.data()};
    Sample* const out = samples.data();
    exec.for_each_sample(static_cast<Index>(samples.size()), [=] MACE_HD(Index i) {
      Random random(key, static_cast<std::uint32_t>(i));
      const int k = softmax::choose(density.theta, Components, random.uniform());
      for (int d = 0; d < Dims; ++d)
        out[i][d] = density.mean(k)[d] + numeric::exp(density.log_sigma(k)[d]) * random.normal();
    });
  }

  /// Log densities of samples; see the concept DensityModel.
  /// @throws Error if the sizes differ.
  void log_density(Exec& exec, std::span<const Sample> samples, std::span<float> log_densities) {
    require(log_densities.size() == samples.size(), "GaussianMixture: wanted room for ", samples.size(),
            " log densities, got ", log_densities.size());
    const Density density{parameters_.data()};
    const Sample* const x = samples.data();
    float* const out = log_densities.data();
    exec.for_each_sample(static_cast<Index>(samples.size()),
                         [=] MACE_HD(Index i) { out[i] = density.log_density(x[i]); });
  }

  /// Copies the elites; see the concept Model.
  /// @throws Error if reserve() was called for fewer elites.
  void set_elites(Exec& exec, std::span<const Sample> samples, const Elites<typename Exec::Space>& elites) {
    const Index count = elites.indices.size();
    require(count <= elites_.size(), "GaussianMixture: wanted room for ", count, " elites, got it for ", elites_.size(),
            "; reserve() makes it");
    per_batch_ = elites.per_batch;
    exec.template gather<float>(as_columns(samples), elites.indices.span(),
                                as_columns(elites_.span()).columns(0, count));
    exec.copy(std::span<const float>(elites.weights.span()), weights_.span().first(static_cast<std::size_t>(count)));
  }

  /// Writes the gradient of a batch's weighted log-likelihood; see the concept Model.
  void likelihood_gradient(Exec& exec, Index batch, std::span<float> gradient) {
    const Density density{parameters_.data()};
    const Index first = batch * per_batch_, end = first + per_batch_;
    const Sample* const x = elites_.data();
    const float* const weight = weights_.data();
    float *const share = shares_.data(), *const out = gradient.data();
    exec.for_each_sample(
        per_batch_, [=] MACE_HD(Index i) { density.responsibilities(x[first + i], share + (first + i) * Components); });
    exec.fill(gradient, 0.0f);
    exec.for_each_sample(Components, [=] MACE_HD(Index k) {
      const float mixing = density.mixing(static_cast<int>(k));
      for (Index i = first; i < end; ++i)
        density.add_gradient(x[i], static_cast<int>(k), share[i * Components + k], mixing, weight[i], out);
    });
  }

 private:
  template <class T>
  using Memory = Buffer<T, typename Exec::Space>;
  Memory<float> parameters_, weights_, shares_;
  Memory<Sample> elites_;
  Index per_batch_ = 0;
};

}  // namespace mace
