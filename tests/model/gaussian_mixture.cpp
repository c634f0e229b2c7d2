// SPDX-License-Identifier: Apache-2.0
#include "mace/model/gaussian_mixture.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/model/concept.hpp"
#include "support/gradient_check.hpp"
#include "support/machine.hpp"

using namespace mace;
using Mixture = GaussianMixture<Cpu, 2, 3>;
using Density = MixtureDensity<2, 3, double>;

static_assert(Model<Mixture, Cpu>);

namespace {

/// Weights 0.6, 0.3, 0.1; means; standard deviations.
const std::vector<double> mixture_theta = {std::log(6.0), std::log(3.0), 0.0,           -1.0, 0.5, 1.0, 1.0, 0.0, -2.0,
                                           std::log(0.5), std::log(0.2), std::log(0.3), 0.0,  0.1, -0.7};

Mixture three_components(Cpu& exec) {
  const std::vector<float> means(6);
  Mixture mixture(exec, means, 1.0f);
  for (std::size_t i = 0; i < mixture_theta.size(); ++i) mixture.parameters()[i] = static_cast<float>(mixture_theta[i]);
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
  Cpu exec({}), threads({.threads = 2});
  Mixture one = three_components(exec), two = three_components(threads);
  const std::size_t n = 50'000;
  std::vector<Vec<2>> samples(n), same(n);
  one.sample(exec, {4, Stream::draw, 1}, samples);
  two.sample(threads, {4, Stream::draw, 1}, same);
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
  Cpu exec({.threads = 2});
  Mixture mixture = three_components(exec);
  std::vector<Vec<2>> samples(10);
  mixture.sample(exec, {5, Stream::draw, 1}, samples);
  Elites<HostSpace> elites(exec, 2, 2);
  const std::int32_t indices[] = {3, 8, 0, 5};
  const float weights[] = {0.5f, 0.5f, 1.0f, 0.0f};
  std::copy_n(indices, 4, elites.indices.data());
  std::copy_n(weights, 4, elites.weights.data());
  mixture.reserve(exec, 10, 4, 2);
  mixture.set_elites(exec, samples, elites);
  for (const Index batch : {0, 1}) {
    std::vector<float> gradient(mixture_theta.size(), 99.0f);
    mixture.likelihood_gradient(exec, batch, gradient);
    const auto f = [&](const std::vector<double>& at) {
      double sum = 0;
      for (Index e = 2 * batch; e < 2 * batch + 2; ++e) {
        const Vec<2>& x = samples[static_cast<std::size_t>(indices[e])];
        sum += static_cast<double>(weights[e]) * Density{at.data()}.log_density({x[0], x[1]});
      }
      return sum;
    };
    const std::vector<double> at(mixture.parameters().begin(), mixture.parameters().end());
    CHECK(test::gradient_error(f, at, std::vector<double>(gradient.begin(), gradient.end())) < 1e-3);
  }
}

TEST_CASE("GaussianMixture refuses means of another number and a width of zero") {
  Cpu exec({});
  const std::vector<float> means(6);
  CHECK_THROWS_WITH_AS(Mixture(exec, std::span(means).first(4), 1.0f),
                       "GaussianMixture: wanted 6 numbers for the means, got 4", Error);
  CHECK_THROWS_WITH_AS(Mixture(exec, means, 0.0f), "GaussianMixture: wanted a sigma above 0, got 0", Error);
}
