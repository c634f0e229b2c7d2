// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <span>

#include "mace/core/philox.hpp"
#include "mace/model/latent_gaussian.hpp"
#include "mace/model/vae.hpp"
#include "mace/select/concept.hpp"

namespace mace {

namespace detail {

/// Takes all steps of a round for latent l, which is independent of the others.
template <class Steps>
struct AscendLatent {
  Steps steps;
  Index latents, batches, count;
  const latent_gaussian::Statistics<float>* statistics;  ///< [latents, batches]
  const float *mean, *log_sigma;

  MACE_HD void operator()(Index l) const {
    for (Index m = 0; m < count; ++m) {
      const auto& elites = statistics[m % batches * latents + l];
      const float in_mean = latent_gaussian::mean_gradient(elites, mean[l], log_sigma[l]);
      const float in_log_sigma = latent_gaussian::log_sigma_gradient(elites, mean[l], log_sigma[l]);
      const auto step = steps(m);
      step(l, in_mean);
      step(latents + l, in_log_sigma);
    }
  }
};

}  // namespace detail

/// MACE-VAE (paper, 3.2.1): a trained VAE with frozen encoder and decoder, of which only the latents' distribution
/// N(mu, sigma^2) is tuned. The parameters are mu and log sigma, one of each per latent. The log-likelihood is bounded
/// by -KL(q(z|x) || N(mu, sigma^2)) up to a constant.
template <class Exec, class Shape>
class LatentVae {
  using Statistics = latent_gaussian::Statistics<float>;

 public:
  using Sample = typename Shape::Sample;
  /// Number of latents.
  static constexpr Index latents = Shape::latents;
  /// log_density() compares models of one VAE, but is not a density.
  static constexpr bool density_is_a_bound = true;

  /// Copies a trained VAE; the model samples its prior.
  /// @param exec         executor of the model
  /// @param weights      Shape::parameters weights, in host memory or the executor's
  /// @param prior_sigma  standard deviation of the latents' prior, sigma_z
  /// @throws Error if the number of weights differs, or prior_sigma is not positive.
  LatentVae(Exec& exec, std::span<const float> weights, float prior_sigma)
      : prior_sigma_(prior_sigma),
        decoder_(exec),
        encoder_(exec, 0),
        parameters_(exec.template allocate<float>(2 * latents)) {
    require(static_cast<Index>(weights.size()) == Shape::parameters, "LatentVae: wanted ", Shape::parameters,
            " weights, got ", weights.size());
    require(prior_sigma > 0, "LatentVae: wanted a prior_sigma above 0, got ", prior_sigma);
    const auto there = exec.upload(weights);
    decoder_.freeze(exec, there.data() + Shape::decoder_offset);
    encoder_.freeze(exec, there.data());
    reset(exec);
  }

  /// Resets the latents' distribution to the prior.
  void reset(Exec& exec) {
    exec.fill(mean(), 0.0f);
    exec.fill(log_sigma(), std::log(prior_sigma_));
  }

  /// The tuned parameters: mu, then log sigma.
  std::span<float> parameters() { return parameters_.span(); }
  /// mu, one per latent.
  std::span<float> mean() { return parameters_.span().first(latents); }
  /// log sigma, one per latent.
  std::span<float> log_sigma() { return parameters_.span().last(latents); }
  /// Standard deviation of the latents' prior, sigma_z.
  float prior_sigma() const { return prior_sigma_; }

  /// Allocates memory for a round; see the concept Model.
  void reserve(Exec& exec, Index samples, Index elites, Index batches) {
    grow(exec, latent_, latents * samples);
    grow(exec, elite_clouds_, 3 * Shape::points * elites);
    grow(exec, statistics_, latents * batches);
    reserve_codes(exec, elites);
  }

  /// Draws decoder(mu + sigma e) with standard normal e; see the concept Model.
  void sample(Exec& exec, const RandomKey& key, std::span<Sample> samples) {
    const auto count = static_cast<Index>(samples.size());
    grow(exec, latent_, latents * count);
    const MatrixView<float> z = latent_.matrix(latents, count);
    exec.fill_normal(z, key);
    const float *const mu = mean().data(), *const ls = log_sigma().data();
    exec.for_each_sample(count, [=] MACE_HD(Index i) {
      for (Index l = 0; l < latents; ++l) z(l, i) = mu[l] + numeric::exp(ls[l]) * z(l, i);
    });
    decode(exec, z, samples);
  }

  /// Decodes latents to clouds.
  /// @param exec    the executor
  /// @param z       latents [latents, n]
  /// @param clouds  receives the clouds [n]
  /// @throws Error if the sizes differ.
  void decode(Exec& exec, MatrixView<const float> z, std::span<Sample> clouds) {
    require(static_cast<Index>(clouds.size()) == z.cols(), "LatentVae::decode: wanted room for ", z.cols(),
            " clouds, got ", clouds.size());
    decoder_.forward(exec, z, as_columns(clouds).columns(0, z.cols()));
  }

  /// Encodes clouds to q(z|x).
  /// @param exec    the executor
  /// @param clouds  clouds [n]
  /// @param codes   receives, in [2 latents, n], the means in the first `latents` rows and the log standard deviations
  ///                in the others
  /// @throws Error if the sizes differ.
  void encode(Exec& exec, std::span<const Sample> clouds, MatrixView<float> codes) {
    require(static_cast<Index>(clouds.size()) == codes.cols(), "LatentVae::encode: wanted ", codes.cols(),
            " clouds, got ", clouds.size());
    encoder_.reserve(exec, codes.cols());
    const MatrixView<const float> points(as_columns(clouds).data(), 3, Shape::points * codes.cols());
    encoder_.encode(exec, points, Shape::points, codes);
  }

  /// Encodes the elites; see the concept Model. The encoder is frozen and the elites are fixed for a round, so three
  /// statistics per latent are sufficient for all its gradient steps.
  /// @throws Error if reserve() was called for fewer elites or batches.
  void set_elites(Exec& exec, std::span<const Sample> samples, const Elites<typename Exec::Space>& elites) {
    const Index count = elites.indices.size();
    require(3 * Shape::points * count <= elite_clouds_.size() && latents * elites.batches <= statistics_.size(),
            "LatentVae: wanted room for ", count, " elites in ", elites.batches, " batches, got it for ",
            elite_clouds_.size() / (3 * Shape::points), " in ", statistics_.size() / latents, "; reserve() makes it");
    const MatrixView<float> clouds = elite_clouds_.matrix(3 * Shape::points, count);
    exec.template gather<float>(as_columns(samples), elites.indices.span(), clouds);
    const MatrixView<const float> codes = codes_of(exec, clouds);
    Statistics* const statistics = statistics_.data();
    const float* const weights = elites.weights.data();
    const Index per_batch = elites.per_batch;
    exec.for_each_element(latents * elites.batches, [=] MACE_HD(Index i) {
      const Index l = i % latents, first = i / latents * per_batch;
      Statistics sum;
      for (Index e = first; e < first + per_batch; ++e) sum.add(weights[e], codes(l, e), codes(latents + l, e));
      statistics[i] = sum;
    });
  }

  /// Writes the gradient of the bound on a batch's weighted log-likelihood; see the concept Model.
  void likelihood_gradient(Exec& exec, Index batch, std::span<float> gradient) {
    float* const g = gradient.data();
    const float *const mu = mean().data(), *const ls = log_sigma().data();
    const Statistics* const statistics = statistics_.data() + batch * latents;
    exec.for_each_element(latents, [=] MACE_HD(Index l) {
      g[l] = latent_gaussian::mean_gradient(statistics[l], mu[l], ls[l]);
      g[latents + l] = latent_gaussian::log_sigma_gradient(statistics[l], mu[l], ls[l]);
    });
  }

  /// Takes `count` steps up the likelihood of the batches in turn, in one pass; see the concept AscendingModel.
  template <class Steps>
  void ascend(Exec& exec, Index batches, Index count, const Steps& steps) {
    exec.for_each_element(latents, detail::AscendLatent<Steps>{steps, latents, batches, count, statistics_.data(),
                                                               mean().data(), log_sigma().data()});
  }

  /// Writes -KL(q(z|x) || N(mu, sigma^2)), nats, the bound that replaces log p(x; theta) in Eq. 2. It omits a term of
  /// the sample that does not depend on theta, since encoder and decoder are frozen, so only differences between two
  /// theta are meaningful.
  /// @param exec           the executor
  /// @param samples        clouds [n]
  /// @param log_densities  receives the bounds [n]
  /// @throws Error if the sizes differ.
  void log_density(Exec& exec, std::span<const Sample> samples, std::span<float> log_densities) {
    require(log_densities.size() == samples.size(), "LatentVae: wanted room for ", samples.size(),
            " log densities, got ", log_densities.size());
    const MatrixView<const float> codes = codes_of(exec, as_columns(samples));
    const float *const mu = mean().data(), *const ls = log_sigma().data();
    float* const out = log_densities.data();
    exec.for_each_sample(codes.cols(), [=] MACE_HD(Index i) {
      float divergence = 0;
      for (Index l = 0; l < latents; ++l)
        divergence += latent_gaussian::kl_divergence(codes(l, i), codes(latents + l, i), mu[l], ls[l]);
      out[i] = -divergence;
    });
  }

  /// Closed-form M-step.
  /// @param exec       the executor
  /// @param batches    number of batches
  /// @param smoothing  step of mean and standard deviation towards the maximizer, in (0, 1]
  /// @param min_sigma  minimum standard deviation
  void match_moments(Exec& exec, Index batches, float smoothing, float min_sigma) {
    float *const mu = mean().data(), *const ls = log_sigma().data();
    const Statistics* const statistics = statistics_.data();
    exec.for_each_element(latents, [=] MACE_HD(Index l) {
      Statistics all;
      for (Index b = 0; b < batches; ++b) all.merge(statistics[b * latents + l]);
      float best_mean, best_variance;
      latent_gaussian::maximizer(all, best_mean, best_variance);
      mu[l] += smoothing * (best_mean - mu[l]);
      const float sigma = numeric::exp(ls[l]);
      const float moved = sigma + smoothing * (numeric::sqrt(best_variance) - sigma);
      ls[l] = numeric::log(moved > min_sigma ? moved : min_sigma);
    });
  }

 private:
  /// True if the most recently encoded clouds are kept for comparison.
  static constexpr bool remembers = std::same_as<typename Exec::Space, HostSpace>;

  template <class T>
  using Memory = Buffer<T, typename Exec::Space>;

  void reserve_codes(Exec& exec, Index clouds) {
    if (codes_.size() >= 2 * latents * clouds) return;
    coded_ = 0;
    if constexpr (remembers) grow(exec, coded_clouds_, 3 * Shape::points * clouds);
    encoder_.reserve(exec, clouds);
    grow(exec, codes_, 2 * latents * clouds);  // last: its size implies the others
  }

  /// Codes of clouds [3 points, n], valid until the next call. The host does not encode the previous call's clouds
  /// again: importance sampling asks for a round's codes three times, and the comparison costs almost nothing.
  MatrixView<const float> codes_of(Exec& exec, MatrixView<const float> clouds) {
    const Index count = clouds.cols();
    reserve_codes(exec, count);
    const MatrixView<float> codes = codes_.matrix(2 * latents, count);
    if constexpr (remembers) {
      float* const last = coded_clouds_.data();
      if (coded_ == count && std::equal(clouds.data(), clouds.data() + clouds.size(), last)) return codes;
      std::copy(clouds.data(), clouds.data() + clouds.size(), last);
    }
    encoder_.encode(exec, {clouds.data(), 3, Shape::points * count}, Shape::points, codes);
    coded_ = count;
    return codes;
  }

  float prior_sigma_;
  PackedMlp<Exec, typename Shape::Decoder> decoder_;
  PackedPointEncoder<Exec, typename Shape::Encoder> encoder_;
  Memory<float> parameters_, latent_, elite_clouds_;
  Memory<float> coded_clouds_, codes_;  ///< the most recently encoded clouds and their codes
  Index coded_ = 0;                     ///< their number
  Memory<Statistics> statistics_;
};

}  // namespace mace
