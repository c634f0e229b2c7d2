// SPDX-License-Identifier: Apache-2.0
#include "mace/model/latent_gaussian.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "support/gradient_check.hpp"

using namespace mace;
namespace lg = mace::latent_gaussian;

namespace {

struct Code {
  double weight, mean, log_s;
};
const std::vector<Code> three_codes = {{0.5, 0.3, -1.0}, {0.25, -1.2, 0.2}, {0.25, 2.0, -3.0}};

lg::Statistics<double> statistics() {
  lg::Statistics<double> sum;
  for (const Code& q : three_codes) sum.add(q.weight, q.mean, q.log_s);
  return sum;
}

/// sum w (-KL(q || N(theta[0], exp(theta[1])^2))), one q after the other.
double objective(const std::vector<double>& theta) {
  double sum = 0;
  for (const Code& q : three_codes) sum -= q.weight * lg::kl_divergence(q.mean, q.log_s, theta[0], theta[1]);
  return sum;
}

}  // namespace

TEST_CASE("the divergence agrees with numerical integration") {
  struct Row {
    double m, s, mean, sigma;
  };
  for (const Row row : {Row{0, 1, 0, 1}, Row{0.5, 0.2, -1, 0.7}, Row{3, 1.5, 2, 2.5}}) {
    const auto log_density = [](double x, double m, double s) {
      return -0.5 * (x - m) * (x - m) / (s * s) - std::log(s);
    };
    double integral = 0;
    const double width = 1e-3 * row.s;
    for (int i = -10'000; i <= 10'000; ++i) {
      const double x = row.m + i * width, log_q = log_density(x, row.m, row.s);
      integral +=
          std::exp(log_q) / std::sqrt(2 * 3.14159265358979) * (log_q - log_density(x, row.mean, row.sigma)) * width;
    }
    CHECK(lg::kl_divergence(row.m, std::log(row.s), row.mean, std::log(row.sigma)) ==
          doctest::Approx(integral).epsilon(1e-9));
  }
}

TEST_CASE("three numbers give the gradient of the whole sum") {
  for (const std::vector<double>& theta : {std::vector<double>{0.0, 0.0}, {1.5, -2.0}, {-0.7, 1.0}}) {
    const auto q = statistics();
    const std::vector<double> gradient{lg::mean_gradient(q, theta[0], theta[1]),
                                       lg::log_sigma_gradient(q, theta[0], theta[1])};
    CHECK(test::gradient_error(objective, theta, gradient) < 1e-7);
  }
}

TEST_CASE("the maximizer is the mixture's mean and variance, where the gradient is zero") {
  const auto q = statistics();
  double mean, variance;
  lg::maximizer(q, mean, variance);
  CHECK(mean == doctest::Approx(0.5 * 0.3 - 0.25 * 1.2 + 0.25 * 2.0));
  double expected = 0;
  for (const Code& c : three_codes) expected += c.weight * (std::exp(2 * c.log_s) + (c.mean - mean) * (c.mean - mean));
  CHECK(variance == doctest::Approx(expected));
  CHECK(lg::mean_gradient(q, mean, 0.5 * std::log(variance)) == doctest::Approx(0.0));
  CHECK(lg::log_sigma_gradient(q, mean, 0.5 * std::log(variance)) == doctest::Approx(0.0));
}

TEST_CASE("in float the spread of narrow codes far from zero is not lost") {
  for (const double m : {1.0, 3.0, -4.0})
    for (const double s : {0.07, 0.02, 0.005}) {
      lg::Statistics<float> q;
      lg::Statistics<double> exact;
      for (int i = 0; i < 8; ++i) {
        const float mean = static_cast<float>(m + s * (i - 3.5) / 4), log_s = static_cast<float>(std::log(s));
        q.add(0.125f, mean, log_s);
        exact.add(0.125, static_cast<double>(mean), static_cast<double>(log_s));
      }
      CAPTURE(m);
      CAPTURE(s);
      CHECK(static_cast<double>(q.spread) == doctest::Approx(exact.spread).epsilon(2e-5));
      CHECK(static_cast<double>(q.mean) == doctest::Approx(exact.mean).epsilon(1e-6));
    }
}

TEST_CASE("codes without a weight do not count, whatever they are") {
  lg::Statistics<float> q;
  q.add(0.0f, 1e30f, 1e30f);
  q.add(0.5f, 2.0f, 0.0f);
  q.add(0.0f, numeric::not_a_number, 0.0f);
  CHECK(q.mean == 2.0f);
  CHECK(q.spread == doctest::Approx(0.5));
}
