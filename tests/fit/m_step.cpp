// SPDX-License-Identifier: Apache-2.0
// The M-step of MACE-VAE: 128 steps of Adam on three numbers a latent against the same on the sum over all elites, and
// the closed form.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/fit/adam.hpp"
#include "mace/fit/likelihood.hpp"
#include "mace/fit/moment_match.hpp"
#include "mace/model/latent_vae.hpp"
#include "support/small_vae.hpp"

using namespace mace;
using test::SmallTestVae;

namespace {

constexpr std::size_t latents = 4;

/// A model, a round's elites in one or more batches, and their codes.
struct Round {
  Cpu exec{{}};
  LatentVae<Cpu, SmallTestVae> model{exec, test::random_weights<SmallTestVae>(1), 1.0f};
  Elites<HostSpace> elites;
  std::vector<float> codes;  ///< [2 latents, elites]

  Round(Index per_batch, Index batches) : elites(exec, per_batch, batches) {
    const Index count = per_batch * batches;
    std::vector<SmallTestVae::Sample> samples(static_cast<std::size_t>(4 * count));
    model.sample(exec, {3, Stream::draw, 0}, samples);
    std::vector<SmallTestVae::Sample> chosen;
    for (Index e = 0; e < count; ++e) {
      elites.indices.data()[e] = static_cast<std::int32_t>(4 * e + e % 3);
      elites.weights.data()[e] = 1.0f / static_cast<float>(per_batch);
      chosen.push_back(samples[static_cast<std::size_t>(elites.indices.data()[e])]);
    }
    elites.found.data()[0] = static_cast<std::int32_t>(count);
    codes.resize(static_cast<std::size_t>(8 * count));
    model.encode(exec, chosen, {codes.data(), 8, count});
    model.reserve(exec, 4 * count, count, batches);
    model.set_elites(exec, samples, elites);
  }

  /// The gradient in double of one batch's mean -KL(q_e || N(mu, sigma^2)), elite by elite.
  std::vector<double> gradient(const std::vector<double>& theta, Index batch) const {
    std::vector<double> g(2 * latents);
    for (Index e = batch * elites.per_batch; e < (batch + 1) * elites.per_batch; ++e)
      for (std::size_t l = 0; l < latents; ++l) {
        const double w = elites.weights.data()[e], m = codes[static_cast<std::size_t>(8 * e) + l],
                     s = std::exp(static_cast<double>(codes[static_cast<std::size_t>(8 * e) + latents + l]));
        const double shift = m - theta[l], precision = std::exp(-2 * theta[latents + l]);
        g[l] += w * shift * precision;
        g[latents + l] += w * ((s * s + shift * shift) * precision - 1);
      }
    return g;
  }
};

}  // namespace

TEST_CASE("128 steps on the sufficient statistics are 128 steps on all elites") {
  struct Row {
    Index per_batch, batches;
    double rate;
  };
  for (const Row row : {Row{16, 1, 1e-3}, Row{16, 1, 1e-2}, Row{8, 2, 1e-3}, Row{1, 1, 1e-3}}) {
    CAPTURE(row.per_batch);
    CAPTURE(row.rate);
    Round round(row.per_batch, row.batches);
    const Adam adam{.rate = row.rate};
    auto state = adam.make_state(round.exec, 2 * latents);
    std::vector<double> theta(round.model.parameters().begin(), round.model.parameters().end());
    std::vector<float> gradient(2 * latents);
    Likelihood{}(round.exec, round.model, round.elites, adam, state, std::span<float>(gradient), 128);

    std::vector<double> m(theta.size()), v(theta.size());
    for (Index t = 1; t <= 128; ++t) {
      const auto g = round.gradient(theta, (t - 1) % row.batches);
      for (std::size_t i = 0; i < theta.size(); ++i) {
        m[i] = 0.9 * m[i] + 0.1 * g[i];
        v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
        theta[i] += row.rate * m[i] / (1 - std::pow(0.9, t)) / (std::sqrt(v[i] / (1 - std::pow(0.999, t))) + 1e-8);
      }
    }
    double error = 0, largest = 0;
    for (std::size_t i = 0; i < theta.size(); ++i) {
      error = std::max(error, std::abs(round.model.parameters()[i] - theta[i]));
      largest = std::max(largest, std::abs(theta[i]));
    }
    CHECK(error <= 1e-6 * largest);
  }
}

TEST_CASE("MomentMatch goes to the elites' moments and stays there") {
  for (const Index batches : {1, 2}) {
    Round round(8, batches);
    const Index count = 8 * batches;
    std::vector<double> mean(latents), variance(latents);
    for (std::size_t l = 0; l < latents; ++l) {
      for (Index e = 0; e < count; ++e)
        mean[l] += static_cast<double>(round.codes[static_cast<std::size_t>(8 * e) + l]) / static_cast<double>(count);
      for (Index e = 0; e < count; ++e) {
        const double shift = round.codes[static_cast<std::size_t>(8 * e) + l] - mean[l];
        const double s = std::exp(static_cast<double>(round.codes[static_cast<std::size_t>(8 * e) + latents + l]));
        variance[l] += (s * s + shift * shift) / static_cast<double>(count);
      }
    }
    const auto match = [&](const MomentMatch& policy) {
      int unused = 0;
      policy(round.exec, round.model, round.elites, unused, unused, {}, 0);
    };
    const auto close_to_moments = [&](double tolerance) {
      bool close = true;
      for (std::size_t l = 0; l < latents; ++l) {
        close = close && std::abs(round.model.mean()[l] - mean[l]) < tolerance;
        close = close && std::abs(std::exp(2.0 * round.model.log_sigma()[l]) - variance[l]) < tolerance * variance[l];
      }
      return close;
    };

    match({.smoothing = 0.7f});  // 0.7 of the way from N(0, 1)
    for (std::size_t l = 0; l < latents; ++l) {
      CHECK(round.model.mean()[l] == doctest::Approx(0.7 * mean[l]));
      CHECK(std::exp(round.model.log_sigma()[l]) == doctest::Approx(0.3 + 0.7 * std::sqrt(variance[l])).epsilon(1e-5));
    }
    for (int i = 0; i < 30; ++i) match({.smoothing = 0.7f});
    CHECK(close_to_moments(1e-5));
    const std::vector<double> gradient =
        round.gradient({round.model.parameters().begin(), round.model.parameters().end()}, 0);
    if (batches == 1)
      for (const double g : gradient) CHECK(std::abs(g) < 1e-4);  // where the likelihood is largest

    round.model.reset(round.exec);
    match({.smoothing = 1.0f});
    CHECK(close_to_moments(1e-5));
    match({.smoothing = 1.0f, .min_sigma = 50.0f});
    for (std::size_t l = 0; l < latents; ++l) CHECK(std::exp(round.model.log_sigma()[l]) == doctest::Approx(50.0));
  }
}
