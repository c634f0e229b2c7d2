// SPDX-License-Identifier: Apache-2.0
#include "mace/model/gaussian_mixture.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "mace/model/concept.hpp"
#include "support/executor.hpp"
#include "support/gradient_check.hpp"
#include "support/machine.hpp"

using namespace mace;
using Mixture = GaussianMixture<test::Exec, 2, 3>;
using Density = MixtureDensity<2, 3, double>;

static_assert(Model<Mixture, test::Exec>);

namespace {

/// Weights 0.6, 0.3, 0.1; means; standard deviations.
const std::vector<double> mixture_theta = {std::log(6.0), std::log(3.0), 0.0,           -1.0, 0.5, 1.0, 1.0, 0.0, -2.0,
                                           std::log(0.5), std::log(0.2), std::log(0.3), 0.0,  0.1, -0.7};

Mixture three_components(test::Exec& exec) {
  const std::vector<float> means(6);
  Mixture mixture(exec, means, 1.0f);
  test::write(exec, std::vector<float>(mixture_theta.begin(), mixture_theta.end()), mixture.parameters());
  return mixture;
}

}  // namespace

TEST_CASE("the density of a mixture integrates to one") {
  const Density density{mixture_theta.data()};
  double sum = 0;
  const double width = 0.02;
  for (int i = -400; i <= 400; ++i)
    for (int j = -400; j <= 400; ++j) sum += width * width * std::exp(density.log_density({i * width, j * width}));
  CHECK(sum == doctest::Approx(1.0).epsilon(1e-6));
  CHECK(density.mixing(0) == doctest::Approx(0.6));
}

TEST_CASE("the gradient of a mixture's log density agrees with central differences") {
  for (const Vec<2, double>& x : {Vec<2, double>{-1, 0.4}, {0.8, 0.9}, {3, -5}}) {
    std::vector<double> gradient(mixture_theta.size()), share(3);
    const Density density{mixture_theta.data()};
    density.responsibilities(x, share.data());
    CHECK(share[0] + share[1] + share[2] == doctest::Approx(1.0));
    for (int k = 0; k < 3; ++k)
      density.add_gradient(x, k, share[static_cast<std::size_t>(k)], density.mixing(k), 0.5, gradient.data());
    const auto f = [&](const std::vector<double>& at) { return 0.5 * Density{at.data()}.log_density(x); };
    CHECK(test::gradient_error(f, mixture_theta, gradient) < 1e-6);
  }
}

TEST_CASE("a mixture's samples have its mean and variance, whatever the number of threads") {
  auto exec = test::executor(), threads = test::executor({.threads = 2});
  Mixture one = three_components(exec), two = three_components(threads);
  const std::size_t n = 50'000;
  const RandomKey key{4, Stream::draw, 1};
  const auto samples = test::filled<Vec<2>>(exec, n, [&](std::span<Vec<2>> out) { one.sample(exec, key, out); }),
             same = test::filled<Vec<2>>(threads, n, [&](std::span<Vec<2>> out) { two.sample(threads, key, out); });
  CHECK(test::same_bits(samples, same));
  const Density density{mixture_theta.data()};
  for (int d = 0; d < 2; ++d) {
    double mean = 0, square = 0, exact_mean = 0, exact_square = 0;
    for (const Vec<2>& x : samples)
      mean += static_cast<double>(x[d]) / n, square += static_cast<double>(x[d] * x[d]) / n;
    for (int k = 0; k < 3; ++k) {
      exact_mean += density.mixing(k) * density.mean(k)[d];
      exact_square += density.mixing(k) * (std::pow(density.mean(k)[d], 2) + std::exp(2 * density.log_sigma(k)[d]));
    }
    // Variances of x and x^2 are below 2.5 and 12; a deviation of 4.892 is a false alarm of 1e-6.
    CHECK(std::abs(mean - exact_mean) < 4.892 * std::sqrt(2.5 / n));
    CHECK(std::abs(square - exact_square) < 4.892 * std::sqrt(12.0 / n));
  }
}

TEST_CASE("a mixture's gradient is that of its elites' weighted log density, batch by batch") {
  auto exec = test::executor({.threads = 2});
  Mixture mixture = three_components(exec);
  const auto drawn = exec.allocate<Vec<2>>(10);
  mixture.sample(exec, {5, Stream::draw, 1}, drawn.span());
  const std::vector<Vec<2>> samples = test::on_host(exec, drawn);
  Elites<test::Space> elites(exec, 2, 2);
  const std::int32_t indices[] = {3, 8, 0, 5};
  const float weights[] = {0.5f, 0.5f, 1.0f, 0.0f};
  test::write(exec, indices, elites.indices.span());
  test::write(exec, weights, elites.weights.span());
  mixture.reserve(exec, 10, 4, 2);
  mixture.set_elites(exec, drawn.span(), elites);
  for (const Index batch : {0, 1}) {
    const auto gradient = test::filled<float>(exec, mixture_theta.size(), [&](std::span<float> out) {
      exec.fill(out, 99.0f);
      mixture.likelihood_gradient(exec, batch, out);
    });
    const auto f = [&](const std::vector<double>& at) {
      double sum = 0;
      for (Index e = 2 * batch; e < 2 * batch + 2; ++e) {
        const Vec<2>& x = samples[static_cast<std::size_t>(indices[e])];
        sum += static_cast<double>(weights[e]) * Density{at.data()}.log_density({x[0], x[1]});
      }
      return sum;
    };
    const std::vector<float> at = test::on_host(exec, mixture.parameters());
    CHECK(test::gradient_error(f, std::vector<double>(at.begin(), at.end()),
                               std::vector<double>(gradient.begin(), gradient.end())) < 1e-3);
  }
}

TEST_CASE("GaussianMixture refuses means of another number and a width of zero") {
  auto exec = test::executor();
  const std::vector<float> means(6);
  CHECK_THROWS_WITH_AS(Mixture(exec, std::span(means).first(4), 1.0f),
                       "GaussianMixture: wanted 6 numbers for the means, got 4", Error);
  CHECK_THROWS_WITH_AS(Mixture(exec, means, 0.0f), "GaussianMixture: wanted a sigma above 0, got 0", Error);
}
