// SPDX-License-Identifier: Apache-2.0
#include "mace/model/autoregressive.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "mace/model/concept.hpp"
#include "support/autoregressive.hpp"
#include "support/executor.hpp"
#include "support/gradient_check.hpp"
#include "support/machine.hpp"

using namespace mace;
using TwoJoints = AutoregressiveShape<2, 3, 2, 2, 9>;

static_assert(Model<Autoregressive<test::Exec, TwoJoints>, test::Exec>);
static_assert(PaperArm::Net<6>::inputs == 9 && PaperArm::Net<6>::outputs == 6 && PaperArm::Net<6>::layers == 6);

namespace {

/// The first joint's range is not centered.
template <class Real = float>
constexpr JointLimits<2, Real> limits = {{Real(-3), Real(-1)}, {Real(-0.25), Real(2)}};

template <class Real = float>
Autoregressive<test::Exec, TwoJoints, Real> two_joint_arm(test::Exec& exec) {
  const auto weights = exec.upload(test::random_arm<TwoJoints, Real>(1));
  Autoregressive<test::Exec, TwoJoints, Real> arm(exec, weights.span(), limits<Real>);
  const auto condition = exec.upload(std::vector<Real>{Real(0.5), Real(-0.25), Real(1)});
  arm.set_condition(exec, condition.span());
  return arm;
}

/// log p of points of the host.
template <class Real>
std::vector<Real> log_density_of(test::Exec& exec, Autoregressive<test::Exec, TwoJoints, Real>& arm,
                                 const std::vector<Vec<2, Real>>& points) {
  const auto x = exec.upload(points);
  return test::filled<Real>(exec, points.size(), [&](std::span<Real> out) { arm.log_density(exec, x.span(), out); });
}

/// The gradient and the densities of some samples, with a condition each, by parameters of the host.
template <class Real>
class Judged {
 public:
  struct Result {
    std::vector<Real> log_density, gradient;
  };

  /// `columns`: [condition; x] of one sample after the other.
  Judged(test::Exec& exec, const std::vector<double>& columns, const std::vector<double>& weights)
      : columns_(exec.upload(std::vector<Real>(columns.begin(), columns.end()))),
        weights_(exec.upload(std::vector<Real>(weights.begin(), weights.end()))),
        log_density_(exec.allocate<Real>(weights_.size())),
        gradient_(exec.allocate<Real>(TwoJoints::parameters)),
        gradient_of_(exec, weights_.size()) {}

  Result operator()(test::Exec& exec, const std::vector<double>& parameters) {
    const auto theta = exec.upload(std::vector<Real>(parameters.begin(), parameters.end()));
    gradient_of_(exec, theta.data(), limits<Real>, {columns_.data(), 5, columns_.data() + 3, 5, weights_.size()},
                 weights_.span(), log_density_.span(), gradient_.span());
    return {test::on_host(exec, log_density_), test::on_host(exec, gradient_)};
  }

 private:
  Buffer<Real, test::Space> columns_, weights_, log_density_, gradient_;
  AutoregressiveGradient<test::Exec, TwoJoints, Real> gradient_of_;
};

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

TEST_CASE("a joint's coordinate goes from -1 to 1 between limits that are not centered") {
  const JointRange<float> range = limits<>.range(0);
  CHECK(range.to_unit(-3) == -1.0f);
  CHECK(range.to_unit(-0.25f) == 1.0f);
  CHECK(range.from_unit(-1) == -3.0f);
  CHECK(range.from_unit(1) == -0.25f);
  CHECK(range.to_unit(range.from_unit(0.3f)) == doctest::Approx(0.3f));
}

TEST_CASE("the density of an autoregressive model integrates to one within the limits, and is zero outside") {
  auto exec = test::executor();
  auto arm = two_joint_arm<double>(exec);
  const int n = 300;
  const double dx = 2.75 / n, dy = 3.0 / n;
  std::vector<Vec<2, double>> points;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) points.push_back({-3 + (i + 0.5) * dx, -1 + (j + 0.5) * dy});
  std::vector<double> log_density = log_density_of(exec, arm, points);
  double sum = 0;
  for (const double l : log_density) sum += std::exp(l) * dx * dy;
  CHECK(sum == doctest::Approx(1.0).epsilon(1e-4));

  points = {{-3.01, 0}, {-0.24, 0}, {-1, -1.01}, {-1, 2.01}, {-3, 2}};
  log_density = log_density_of(exec, arm, points);
  for (std::size_t i = 0; i < 4; ++i) CHECK(log_density[i] == -HUGE_VAL);
  CHECK(std::isfinite(log_density[4]));
}

TEST_CASE("samples have the moments of the density and lie within the limits, for any number of threads") {
  auto exec = test::executor(), threads = test::executor({.threads = 2});
  auto one = two_joint_arm(exec), two = two_joint_arm(threads);
  const std::size_t n = test::on_device ? 2'000 : 20'000;  // a device made of the host is slow
  const RandomKey key{4, Stream::draw, 1};
  const auto samples = test::filled<Vec<2>>(exec, n, [&](std::span<Vec<2>> out) { one.sample(exec, key, out); }),
             same = test::filled<Vec<2>>(threads, n, [&](std::span<Vec<2>> out) { two.sample(threads, key, out); });
  CHECK(test::same_bits(samples, same));
  bool inside = true;
  for (const auto& x : samples)
    for (int j = 0; j < 2; ++j) inside = inside && x[j] >= limits<>.low[j] && x[j] <= limits<>.high[j];
  CHECK(inside);

  // The mean of 1 / p over samples of p is the area of the box, and that of x / p the integral of x, if nothing is
  // missed.
  const auto log_density = log_density_of(exec, one, samples), again = log_density_of(threads, two, samples);
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
  auto exec = test::executor();
  const auto theta = test::random_arm<TwoJoints, double>(2);
  const Index n = 6;
  Random random({6, Stream::evaluation, 0}, 0);
  std::vector<double> columns;  // [condition; x]
  for (Index i = 0; i < n; ++i) {
    for (int r = 0; r < 3; ++r) columns.push_back(static_cast<double>(random.normal()));
    for (int j = 0; j < 2; ++j)
      columns.push_back(static_cast<double>(random.uniform(limits<>.low[j], limits<>.high[j])));
  }
  const std::vector<double> weights = {0.5, 1, 0, 2, 0.1, 1};
  Judged<double> in_double(exec, columns, weights);
  const auto f = [&](const std::vector<double>& at) {
    const std::vector<double> log_density = in_double(exec, at).log_density;
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += weights[i] * log_density[i];
    return sum;
  };
  const std::vector<double> gradient = in_double(exec, theta).gradient;
  CHECK(test::gradient_error(f, theta, gradient) < 1e-5);

  Judged<float> in_float(exec, columns, weights);
  const std::vector<float> gradient_f = in_float(exec, theta).gradient;
  CHECK(test::relative_error(gradient, std::vector<double>(gradient_f.begin(), gradient_f.end())) < 1e-3);
}

TEST_CASE("a sample outside the limits has no density and no gradient") {
  auto exec = test::executor();
  for (const double outside : {-3.5, 0.0, 1e30}) {
    const auto [log_density, gradient] =
        Judged<float>(exec, {0, 0, 0, outside, 0}, {1})(exec, test::random_arm<TwoJoints, double>(2));
    CHECK(log_density[0] == -numeric::infinity);
    const auto first = std::span(gradient).first(static_cast<std::size_t>(TwoJoints::offset(1)));
    CHECK(std::all_of(first.begin(), first.end(), [](float g) { return g == 0; }));
  }
}

TEST_CASE("an autoregressive model's gradient is that of its elites' weighted log density, batch by batch") {
  auto exec = test::executor({.threads = 2});
  auto arm = two_joint_arm<double>(exec);
  const auto samples = exec.allocate<Vec<2, double>>(10);
  arm.sample(exec, {5, Stream::draw, 1}, samples.span());
  Elites<test::Space> elites(exec, 2, 2);
  const std::int32_t indices[] = {3, 8, 0, 5};
  const float weights[] = {0.5f, 0.5f, 1.0f, 0.0f};
  test::write(exec, indices, elites.indices.span());
  test::write(exec, weights, elites.weights.span());
  arm.reserve(exec, 10, 4, 2);
  arm.set_elites(exec, samples.span(), elites);
  const std::vector<double> theta = test::on_host(exec, arm.parameters());
  for (const Index batch : {0, 1}) {
    const auto gradient = test::filled<double>(
        exec, theta.size(), [&](std::span<double> out) { arm.likelihood_gradient(exec, batch, out); });
    const auto f = [&](const std::vector<double>& at) {
      test::write(exec, at, arm.parameters());
      const auto log_density =
          test::filled<double>(exec, 10, [&](std::span<double> out) { arm.log_density(exec, samples.span(), out); });
      double sum = 0;
      for (Index e = 2 * batch; e < 2 * batch + 2; ++e)
        sum += double(weights[e]) * log_density[static_cast<std::size_t>(indices[e])];
      return sum;
    };
    CHECK(test::gradient_error(f, theta, gradient) < 1e-5);
    test::write(exec, theta, arm.parameters());
  }
}

TEST_CASE("Autoregressive refuses other weights, other conditions and limits in the wrong order") {
  using Shape = AutoregressiveShape<1, 2, 1, 1, 4>;
  using Arm = Autoregressive<test::Exec, Shape>;
  auto exec = test::executor();
  const auto weights = exec.allocate<float>(Shape::parameters), three = exec.allocate<float>(3);
  CHECK_THROWS_WITH_AS(Arm(exec, three.span(), {{-1}, {1}}), "Autoregressive: wanted 64 weights, got 3", Error);
  CHECK_THROWS_WITH_AS(Arm(exec, weights.span(), {{1}, {-1}}),
                       "JointLimits: joint 0: wanted finite limits, the lower first, got 1 and -1", Error);
  CHECK_THROWS_AS(Arm(exec, weights.span(), {{-numeric::infinity}, {1}}), Error);
  Arm arm(exec, weights.span(), {{-1}, {1}});
  CHECK_THROWS_WITH_AS(arm.set_condition(exec, three.span()), "Autoregressive: wanted a condition of 2 numbers, got 3",
                       Error);
}
