// SPDX-License-Identifier: Apache-2.0
#include "mace/model/mixture_head.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "mace/core/philox.hpp"
#include "support/gradient_check.hpp"

using namespace mace;
using Head = MixtureHead<2, double>;

namespace {

/// Logits, means, widths: ordinary; narrowest; uniform; both means pushed against a limit; one component without a
/// share; numbers that no training should reach.
const std::vector<std::vector<double>> raw_heads = {
    {0.3, -0.2, 0.5, -1.5, -1.0, 0.5}, {0.0, 0.0, 0.2, -0.4, -20.0, -9.0},   {0.0, 1.0, 3.0, -3.0, 1e4, 50.0},
    {1.0, 0.0, 1e3, -1e6, -3.0, -1.0}, {-90.0, 90.0, 0.1, 0.4, -2.0, -3.0},  {50.0, -50.0, 1e9, -1e9, 1e9, -1e9},
    {0.0, 0.0, 0.0, 0.0, 0.0, 0.0},    {-1.0, 1.0, 40.0, 41.0, -30.0, -30.0}};

/// Steps from -1 to 1, much narrower than the narrowest component.
constexpr int steps = 20'000;

/// The integral of p from -1 to the end of each step, the first entry 0 (Simpson's rule).
std::vector<double> distribution(const Head& head) {
  const double width = 2.0 / steps;
  const auto density = [&](double t) { return std::exp(head.log_density(t)); };
  std::vector<double> below{0};
  for (int i = 0; i < steps; ++i) {
    const double t = -1 + i * width;
    below.push_back(below.back() + width / 6 * (density(t) + 4 * density(t + width / 2) + density(t + width)));
  }
  return below;
}

std::vector<float> narrowed(const std::vector<double>& raw) {
  return {raw.begin(), raw.end()};
}

}  // namespace

TEST_CASE("the density of a mixture head integrates to one between the limits") {
  for (const auto& raw : raw_heads) CHECK(distribution({raw.data()}).back() == doctest::Approx(1.0).epsilon(1e-8));
  Random random({3, Stream::evaluation, 0}, 0);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<double> raw(6);
    for (double& r : raw) r = 3 * static_cast<double>(random.normal());
    CHECK(distribution({raw.data()}).back() == doctest::Approx(1.0).epsilon(1e-8));
  }
}

TEST_CASE("draws of a mixture head follow its density and stay between the limits") {
  const int n = 50'000;
  std::uint32_t name = 0;
  for (const auto& raw : raw_heads) {
    CAPTURE(name);
    Random random({5, Stream::evaluation, 1}, name++);
    const auto single = narrowed(raw);
    const MixtureHead<2> head{single.data()};
    std::vector<double> draws;
    for (int i = 0; i < n; ++i) {
      const float which = random.uniform();
      draws.push_back(static_cast<double>(head.draw(which, random.uniform())));
    }
    std::sort(draws.begin(), draws.end());
    CHECK(draws.front() >= -1);
    CHECK(draws.back() <= 1);
    // Kolmogorov and Smirnov: sqrt(n) D exceeds 2.69 with probability 2 exp(-2 * 2.69^2) = 1e-6.
    const auto below = distribution({raw.data()});
    double distance = 0;
    for (int i = 0; i < n; ++i) {
      const double place = (draws[static_cast<std::size_t>(i)] + 1) / 2 * steps;
      const auto step = std::min(static_cast<std::size_t>(place), std::size_t{steps - 1});
      const double mass = std::lerp(below[step], below[step + 1], place - static_cast<double>(step));
      distance = std::max({distance, std::abs(mass - i / double(n)), std::abs(mass - (i + 1) / double(n))});
    }
    CHECK(std::sqrt(n) * distance < 2.69);
  }
}

TEST_CASE("the ends of the random numbers give draws between the limits") {
  const float last = 1.0f - 0x1p-24f;
  for (const auto& raw : raw_heads) {
    const auto single = narrowed(raw);
    for (const float which : {0.0f, last})
      for (const float where : {0.0f, 0x1p-24f, 0.5f, last}) {
        const float t = MixtureHead<2>{single.data()}.draw(which, where);
        CHECK(std::abs(t) <= 1.0f);
        const double exact = Head{raw.data()}.draw(double(which), double(where));
        CHECK(std::abs(exact) <= 1.0);
      }
  }
}

TEST_CASE("the gradient of a mixture head agrees with central differences") {
  Random random({4, Stream::evaluation, 0}, 0);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<double> raw(6), gradient(6, 99.0);
    for (double& r : raw) r = static_cast<double>(random.normal());
    for (const double t : {-1.0, -0.3, 0.72, 1.0}) {
      const double log_density = Head{raw.data()}.gradient(t, 0.7, gradient.data());
      CHECK(log_density == Head{raw.data()}.log_density(t));
      const auto f = [&](const std::vector<double>& at) { return 0.7 * Head{at.data()}.log_density(t); };
      CHECK(test::gradient_error(f, raw, gradient) < 1e-6);
    }
  }
}

TEST_CASE("a mixture head in float agrees with double, and stays finite for any parameters") {
  for (const auto& raw : raw_heads)
    for (const double t : {-1.0, -0.7, 0.0, 0.1666, 1.0}) {
      std::vector<double> gradient(6);
      std::vector<float> single = narrowed(raw), single_gradient(6);
      const double exact = Head{raw.data()}.gradient(t, 1.0, gradient.data());
      const float got = MixtureHead<2>{single.data()}.gradient(static_cast<float>(t), 1.0f, single_gradient.data());
      CHECK(static_cast<double>(got) == doctest::Approx(exact).epsilon(1e-3));
      double largest = 0;
      for (const double g : gradient) largest = std::max(largest, std::abs(g));
      for (std::size_t i = 0; i < 6; ++i) {
        CHECK(std::isfinite(single_gradient[i]));
        CHECK(std::abs(static_cast<double>(single_gradient[i]) - gradient[i]) <= 1e-3 * largest + 1e-5);
      }
    }
}
