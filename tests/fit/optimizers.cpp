// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/fit/adam.hpp"

using namespace mace;

namespace {

/// Algorithm 1 of Kingma and Ba (2015) in double, uphill.
struct PlainAdam {
  Adam numbers;
  std::vector<double> m, v;
  int t = 0;

  void ascend(std::vector<double>& theta, const std::vector<float>& gradient) {
    m.resize(theta.size()), v.resize(theta.size());
    ++t;
    for (std::size_t i = 0; i < theta.size(); ++i) {
      const double g = gradient[i];
      m[i] = numbers.beta1 * m[i] + (1 - numbers.beta1) * g;
      v[i] = numbers.beta2 * v[i] + (1 - numbers.beta2) * g * g;
      const double m_hat = m[i] / (1 - std::pow(numbers.beta1, t));
      const double v_hat = v[i] / (1 - std::pow(numbers.beta2, t));
      theta[i] += numbers.rate * m_hat / (std::sqrt(v_hat) + numbers.epsilon);
    }
  }
};

constexpr std::size_t weight_count = 37;

/// The gradient of noisy quadratics at theta, of curvatures from 0.01 to 100.
void noisy_gradient(const std::vector<float>& theta, const std::vector<float>& target, std::uint32_t step,
                    std::vector<float>& gradient) {
  Random random({51, Stream::evaluation, step}, 0);
  for (std::size_t i = 0; i < theta.size(); ++i) {
    const float curvature = std::pow(10.0f, static_cast<float>(i % 5) - 2);
    gradient[i] = curvature * (target[i] - theta[i] + 0.3f * random.normal());
  }
}

}  // namespace

TEST_CASE("2500 steps of Adam end within 1e-6 of the textbook's in double") {
  for (const Adam adam : {Adam{}, Adam{.rate = 0.02, .beta1 = 0.8, .beta2 = 0.99, .epsilon = 1e-6}}) {
    CAPTURE(adam.rate);
    Cpu exec({});
    auto state = adam.make_state(exec, weight_count);
    PlainAdam plain{adam, {}, {}};
    std::vector<float> theta(weight_count), target(weight_count), gradient(weight_count);
    for (std::size_t i = 0; i < weight_count; ++i) {
      theta[i] = 1.0f + static_cast<float>(i * i);  // up to 1297: a step of 1e-3 is near its last place
      target[i] = theta[i] + (i % 2 == 0 ? 1.5f : -0.25f);
    }
    std::vector<double> reference(theta.begin(), theta.end());
    for (std::uint32_t step = 0; step < 2500; ++step) {
      noisy_gradient(theta, target, step, gradient);
      plain.ascend(reference, gradient);
      adam.ascend(exec, state, std::span<float>(theta), std::span<const float>(gradient));
    }
    CHECK(state.steps.data()[0] == 2500);
    double error = 0;
    for (std::size_t i = 0; i < weight_count; ++i)
      error = std::max(error, std::abs(theta[i] - reference[i]) / std::abs(reference[i]));
    CHECK(error <= 1e-6);
  }
}

TEST_CASE("the first step of Adam is the rate, whatever the gradient's size") {
  Cpu exec({});
  const Adam adam{.rate = 0.5};
  auto state = adam.make_state(exec, 4);
  std::vector<float> theta(4);
  const std::vector<float> gradient{1e-4f, -3.0f, 1e6f, 0.0f};
  adam.ascend(exec, state, std::span<float>(theta), std::span<const float>(gradient));
  for (std::size_t i = 0; i < 3; ++i) CHECK(theta[i] == doctest::Approx(gradient[i] > 0 ? 0.5 : -0.5).epsilon(2e-4));
  CHECK(theta[3] == 0.0f);
}
