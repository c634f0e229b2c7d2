// SPDX-License-Identifier: Apache-2.0
#include "mace/model/autoregressive.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/model/concept.hpp"
#include "support/autoregressive.hpp"
#include "support/gradient_check.hpp"
#include "support/machine.hpp"

using namespace mace;
using TwoJoints = AutoregressiveShape<2, 3, 2, 2, 9>;

static_assert(Model<Autoregressive<Cpu, TwoJoints>, Cpu>);
static_assert(PaperArm::Net<6>::inputs == 9 && PaperArm::Net<6>::outputs == 6 && PaperArm::Net<6>::layers == 6);

namespace {

/// The first joint's range is not centred.
template <class Real = float>
constexpr JointLimits<2, Real> limits = {{Real(-3), Real(-1)}, {Real(-0.25), Real(2)}};

template <class Real = float>
Autoregressive<Cpu, TwoJoints, Real> two_joint_arm(Cpu& exec) {
  const auto weights = test::random_arm<TwoJoints, Real>(1);
  Autoregressive<Cpu, TwoJoints, Real> arm(exec, weights, limits<Real>);
  const std::vector<Real> condition = {Real(0.5), Real(-0.25), Real(1)};
  arm.set_condition(exec, condition);
  return arm;
}

}  // namespace

TEST_CASE("the networks of the joints stand one after the other, with the names of the files") {
  std::vector<float> flat(static_cast<std::size_t>(TwoJoints::parameters));
  std::string names;
  Index end = 0;
  TwoJoints::for_each_tensor(flat.data(), [&](const std::string& name, MatrixView<float> tensor) {
    names += name + " ";
    CHECK((tensor.data() - flat.data()) % 16 == 0);
    CHECK(tensor.data() - flat.data() >= end);
    end = tensor.data() - flat.data() + tensor.size();
  });
  CHECK(end <= TwoJoints::parameters);
  CHECK(names.starts_with("joint.0.0.weight joint.0.0.bias joint.0.1.weight"));
  CHECK(names.ends_with("joint.1.2.weight joint.1.2.bias "));
}

TEST_CASE("a joint's coordinate goes from -1 to 1 between limits that are not centred") {
  const JointRange<float> range = limits<>.range(0);
  CHECK(range.to_unit(-3) == -1.0f);
  CHECK(range.to_unit(-0.25f) == 1.0f);
  CHECK(range.from_unit(-1) == -3.0f);
  CHECK(range.from_unit(1) == -0.25f);
  CHECK(range.to_unit(range.from_unit(0.3f)) == doctest::Approx(0.3f));
}

TEST_CASE("the density of an autoregressive model integrates to one within the limits, and is zero outside") {
  Cpu exec({});
  auto arm = two_joint_arm<double>(exec);
  const int n = 300;
  const double dx = 2.75 / n, dy = 3.0 / n;
  std::vector<Vec<2, double>> points;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) points.push_back({-3 + (i + 0.5) * dx, -1 + (j + 0.5) * dy});
  std::vector<double> log_density(points.size());
  arm.log_density(exec, points, log_density);
  double sum = 0;
  for (const double l : log_density) sum += std::exp(l) * dx * dy;
  CHECK(sum == doctest::Approx(1.0).epsilon(1e-4));

  points = {{-3.01, 0}, {-0.24, 0}, {-1, -1.01}, {-1, 2.01}, {-3, 2}};
  arm.log_density(exec, points, std::span(log_density).first(5));
  for (std::size_t i = 0; i < 4; ++i) CHECK(log_density[i] == -HUGE_VAL);
  CHECK(std::isfinite(log_density[4]));
}

TEST_CASE("samples have the moments of the density and lie within the limits, for any number of threads") {
  Cpu exec({}), threads({.threads = 2});
  auto one = two_joint_arm(exec), two = two_joint_arm(threads);
  const std::size_t n = 20'000;
  std::vector<Vec<2>> samples(n), same(n);
  const RandomKey key{4, Stream::draw, 1};
  one.sample(exec, key, samples);
  two.sample(threads, key, same);
  CHECK(test::same_bits(samples, same));
  bool inside = true;
  for (const auto& x : samples)
    for (int j = 0; j < 2; ++j) inside = inside && x[j] >= limits<>.low[j] && x[j] <= limits<>.high[j];
  CHECK(inside);

  // The mean of 1 / p over samples of p is the area of the box, and that of x / p the integral of x, if nothing is
  // missed.
  std::vector<float> log_density(n), again(n);
  one.log_density(exec, samples, log_density);
  two.log_density(threads, samples, again);
  CHECK(test::same_bits(log_density, again));
  const double area = 2.75 * 3.0;
  for (const int j : {-1, 0, 1}) {
    double mean = 0, square = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double v = (j < 0 ? 1.0 : double(samples[i][j])) * std::exp(-double(log_density[i]));
      mean += v / n, square += v * v / n;
    }
    const double exact = area * (j < 0 ? 1.0 : 0.5 * double(limits<>.low[j] + limits<>.high[j]));
    // A deviation of 4.892 is a false alarm of 1e-6.
    CHECK(std::abs(mean - exact) < 4.892 * std::sqrt((square - mean * mean) / n));
  }
}

TEST_CASE("the gradient with a condition a sample agrees with central differences") {
  Cpu exec({});
  const auto theta = test::random_arm<TwoJoints, double>(2);
  const Index n = 6;
  Random random({6, Stream::evaluation, 0}, 0);
  std::vector<double> columns;  // [condition; x]
  for (Index i = 0; i < n; ++i) {
    for (int r = 0; r < 3; ++r) columns.push_back(static_cast<double>(random.normal()));
    for (int j = 0; j < 2; ++j)
      columns.push_back(static_cast<double>(random.uniform(limits<>.low[j], limits<>.high[j])));
  }
  const ConditionedSamples<double> samples{columns.data(), 5, columns.data() + 3, 5, n};
  const std::vector<double> weights = {0.5, 1, 0, 2, 0.1, 1};
  std::vector<double> log_density(n), gradient(theta.size()), unused(theta.size());
  AutoregressiveGradient<Cpu, TwoJoints, double> gradient_of(exec, n);
  const auto f = [&](const std::vector<double>& at) {
    gradient_of(exec, at.data(), limits<double>, samples, weights, log_density, unused);
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += weights[i] * log_density[i];
    return sum;
  };
  gradient_of(exec, theta.data(), limits<double>, samples, weights, log_density, gradient);
  CHECK(test::gradient_error(f, theta, gradient) < 1e-5);

  const std::vector<float> theta_f(theta.begin(), theta.end()), columns_f(columns.begin(), columns.end()),
      weights_f(weights.begin(), weights.end());
  std::vector<float> log_density_f(n), gradient_f(theta.size());
  AutoregressiveGradient<Cpu, TwoJoints>(exec, n)(exec, theta_f.data(), limits<>,
                                                  {columns_f.data(), 5, columns_f.data() + 3, 5, n}, weights_f,
                                                  log_density_f, gradient_f);
  CHECK(test::relative_error(gradient, std::vector<double>(gradient_f.begin(), gradient_f.end())) < 1e-3);
}

TEST_CASE("a sample outside the limits has no density and no gradient") {
  Cpu exec({});
  const auto theta = test::random_arm<TwoJoints>(2);
  const std::vector<float> weight = {1};
  for (const float outside : {-3.5f, 0.0f, 1e30f}) {
    const std::vector<float> columns = {0, 0, 0, outside, 0};
    std::vector<float> log_density(1), gradient(theta.size());
    AutoregressiveGradient<Cpu, TwoJoints>(exec, 1)(
        exec, theta.data(), limits<>, {columns.data(), 5, columns.data() + 3, 5, 1}, weight, log_density, gradient);
    CHECK(log_density[0] == -numeric::infinity);
    const auto first = std::span(gradient).first(static_cast<std::size_t>(TwoJoints::offset(1)));
    CHECK(std::all_of(first.begin(), first.end(), [](float g) { return g == 0; }));
  }
}

TEST_CASE("an autoregressive model's gradient is that of its elites' weighted log density, batch by batch") {
  Cpu exec({.threads = 2});
  auto arm = two_joint_arm<double>(exec);
  std::vector<Vec<2, double>> samples(10);
  arm.sample(exec, {5, Stream::draw, 1}, samples);
  Elites<HostSpace> elites(exec, 2, 2);
  const std::int32_t indices[] = {3, 8, 0, 5};
  const float weights[] = {0.5f, 0.5f, 1.0f, 0.0f};
  std::copy_n(indices, 4, elites.indices.data());
  std::copy_n(weights, 4, elites.weights.data());
  arm.reserve(exec, 10, 4, 2);
  arm.set_elites(exec, samples, elites);
  const std::vector<double> theta(arm.parameters().begin(), arm.parameters().end());
  for (const Index batch : {0, 1}) {
    std::vector<double> gradient(theta.size()), log_density(10);
    arm.likelihood_gradient(exec, batch, gradient);
    const auto f = [&](const std::vector<double>& at) {
      std::copy(at.begin(), at.end(), arm.parameters().begin());
      arm.log_density(exec, samples, log_density);
      double sum = 0;
      for (Index e = 2 * batch; e < 2 * batch + 2; ++e)
        sum += double(weights[e]) * log_density[static_cast<std::size_t>(indices[e])];
      return sum;
    };
    CHECK(test::gradient_error(f, theta, gradient) < 1e-5);
    std::copy(theta.begin(), theta.end(), arm.parameters().begin());
  }
}

TEST_CASE("Autoregressive refuses other weights, other conditions and limits in the wrong order") {
  using Arm = Autoregressive<Cpu, AutoregressiveShape<1, 2, 1, 1, 4>>;
  Cpu exec({});
  const std::vector<float> weights(static_cast<std::size_t>(AutoregressiveShape<1, 2, 1, 1, 4>::parameters)), three(3);
  CHECK_THROWS_WITH_AS(Arm(exec, three, {{-1}, {1}}), "Autoregressive: wanted 64 weights, got 3", Error);
  CHECK_THROWS_WITH_AS(Arm(exec, weights, {{1}, {-1}}),
                       "JointLimits: joint 0: wanted finite limits, the lower first, got 1 and -1", Error);
  CHECK_THROWS_AS(Arm(exec, weights, {{-numeric::infinity}, {1}}), Error);
  Arm arm(exec, weights, {{-1}, {1}});
  CHECK_THROWS_WITH_AS(arm.set_condition(exec, three), "Autoregressive: wanted a condition of 2 numbers, got 3", Error);
}
