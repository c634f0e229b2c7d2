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

/// The density of a mixture of `Components` diagonal Gaussians in `Dims` dimensions, on its flat parameters: a logit a
/// component, then the means, then the logarithms of the standard deviations (one component after the other).
template <int Dims, int Components, class Real = float>
struct MixtureDensity {
  static constexpr Index parameters = Components * (1 + 2 * Dims);
  const Real* theta;

  MACE_HD const Real* mean(int k) const { return theta + Components + k * Dims; }
  MACE_HD const Real* log_sigma(int k) const { return theta + Components * (1 + Dims) + k * Dims; }

  /// log of component k's share of the density at x, up to the softmax's denominator.
  MACE_HD Real log_term(const Vec<Dims, Real>& x, int k) const {
    Real log_density = theta[k];
    for (int d = 0; d < Dims; ++d) {
      const Real z = (x[d] - mean(k)[d]) * numeric::exp(-log_sigma(k)[d]);
      log_density -= Real(0.5) * z * z + log_sigma(k)[d] + Real(0.918938533204672742);  // log sqrt(2 pi)
    }
    return log_density;
  }

  MACE_HD Real log_density(const Vec<Dims, Real>& x) const {
    Real term[Components];
    for (int k = 0; k < Components; ++k) term[k] = log_term(x, k);
    return softmax::log_sum(term, Components) - softmax::log_sum(theta, Components);
  }

  /// The share of each component in the density at x; they sum to one.
  MACE_HD void responsibilities(const Vec<Dims, Real>& x, Real* share) const {
    for (int k = 0; k < Components; ++k) share[k] = log_term(x, k);
    const Real total = softmax::log_sum(share, Components);
    for (int k = 0; k < Components; ++k) share[k] = numeric::exp(share[k] - total);
  }

  /// The weight of component k in the mixture.
  MACE_HD Real mixing(int k) const { return numeric::exp(theta[k] - softmax::log_sum(theta, Components)); }

  /// Adds `weight` times the gradient of log_density(x) in component k's parameters, given its share at x and
  /// mixing(k).
  MACE_HD void add_gradient(const Vec<Dims, Real>& x, int k, Real share, Real mixing, Real weight,
                            Real* gradient) const {
    gradient[k] += weight * (share - mixing);
    if (share < Real(1e-20)) return;  // too far off to move the component; and denormals are slow
    for (int d = 0; d < Dims; ++d) {
      const Real precision = numeric::exp(Real(-2) * log_sigma(k)[d]);
      const Real shift = x[d] - mean(k)[d];
      gradient[Components + k * Dims + d] += weight * share * shift * precision;
      gradient[Components * (1 + Dims) + k * Dims + d] += weight * share * (shift * shift * precision - Real(1));
    }
  }
};

/// A mixture of diagonal Gaussians as a model: few parameters, an exact likelihood, several modes.
template <class Exec, int Dims, int Components>
class GaussianMixture {
  using Density = MixtureDensity<Dims, Components>;

 public:
  using Sample = Vec<Dims>;

  /// Components of equal weight.
  /// @param exec   in whose memory the model lies
  /// @param means  one after the other, Dims * Components numbers of the host's memory or the executor's; copied
  /// @param sigma  standard deviation of each component along each dimension
  GaussianMixture(Exec& exec, std::span<const float> means, float sigma)
      : parameters_(exec.template allocate<float>(Density::parameters)) {
    require(means.size() == static_cast<std::size_t>(Dims * Components), "GaussianMixture: wanted ", Dims * Components,
            " numbers for the means, got ", means.size());
    require(sigma > 0, "GaussianMixture: wanted a sigma above 0, got ", sigma);
    exec.copy(means, parameters_.span().subspan(Components, means.size()));
    exec.fill(parameters_.span().last(means.size()), std::log(sigma));
  }

  std::span<float> parameters() { return parameters_.span(); }

  /// Moves each mean by a normal number times `by` of its component's deviations: components that are alike, as where a
  /// mixture is to begin as one Gaussian, would stay alike however they are fitted.
  void scatter(Exec& exec, const RandomKey& key, float by) {
    float* const theta = parameters_.data();
    exec.for_each_element(Dims * Components, [=] MACE_HD(Index i) {
      Random random(key, static_cast<std::uint32_t>(i));
      theta[Components + i] += by * numeric::exp(theta[Components * (1 + Dims) + i]) * random.normal();
    });
  }

  void reserve(Exec& exec, Index, Index elites, Index) {
    grow(exec, weights_, elites);
    grow(exec, shares_, Components * elites);
    grow(exec, elites_, elites);  // last: who has this room has the rest
  }

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

  void log_density(Exec& exec, std::span<const Sample> samples, std::span<float> log_densities) {
    require(log_densities.size() == samples.size(), "GaussianMixture: wanted room for ", samples.size(),
            " log densities, got ", log_densities.size());
    const Density density{parameters_.data()};
    const Sample* const x = samples.data();
    float* const out = log_densities.data();
    exec.for_each_sample(static_cast<Index>(samples.size()),
                         [=] MACE_HD(Index i) { out[i] = density.log_density(x[i]); });
  }

  void set_elites(Exec& exec, std::span<const Sample> samples, const Elites<typename Exec::Space>& elites) {
    const Index count = elites.indices.size();
    require(count <= elites_.size(), "GaussianMixture: wanted room for ", count, " elites, got it for ", elites_.size(),
            "; reserve() makes it");
    per_batch_ = elites.per_batch;
    exec.template gather<float>(as_columns(samples), elites.indices.span(),
                                as_columns(elites_.span()).columns(0, count));
    exec.copy(std::span<const float>(elites.weights.span()), weights_.span().first(static_cast<std::size_t>(count)));
  }

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
