// SPDX-License-Identifier: Apache-2.0
#include "mace/train/vae_gradient.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/geometry/chamfer_cpu.hpp"
#include "support/clouds.hpp"
#include "support/gradient_check.hpp"
#include "support/small_vae.hpp"

using namespace mace;
using Shape = test::TinyVae;

namespace {

constexpr Index batch = 3;
constexpr VaeTrainingOptions options = {
    .batch = batch, .encoder_points = 17, .reconstruction = 0.7f, .divergence = 0.3f, .prior_sigma = 0.5f};
const RandomKey key{8, Stream::training, 4};

test::Points clouds() {
  return test::box_clouds(Shape::points, batch);
}

template <class Real>
struct Result {
  VaeLoss loss;
  std::vector<Real> gradient;
};

template <class Real>
Result<Real> evaluate(const VaeTrainingOptions& o, const std::vector<float>& weights, int threads = 1) {
  Cpu exec({.threads = threads});
  VaeGradient<Cpu, Shape, Real> gradient_of(exec, o);
  const std::vector<Real> theta(weights.begin(), weights.end());
  const auto xyz = clouds();
  const std::vector<Real> x(xyz.begin(), xyz.end());
  Result<Real> result{{}, std::vector<Real>(theta.size())};
  result.loss = gradient_of(exec, theta.data(), {x.data(), 3 * Shape::points, batch}, key, result.gradient.data());
  return result;
}

}  // namespace

TEST_CASE("the gradient of the whole bound agrees with central differences") {
  Cpu exec({});
  VaeGradient<Cpu, Shape, double> gradient_of(exec, options);
  const auto weights = test::random_weights<Shape>(1);
  const std::vector<double> theta(weights.begin(), weights.end()), x = test::in_double(clouds());
  const MatrixView<const double> view(x.data(), 3 * Shape::points, batch);
  std::vector<double> gradient(theta.size()), unused(theta.size());
  gradient_of(exec, theta.data(), view, key, gradient.data());
  const auto bound = [&](const std::vector<double>& at) {
    const VaeLoss loss = gradient_of(exec, at.data(), view, key, unused.data());
    return -static_cast<double>(options.reconstruction) * loss.reconstruction -
           static_cast<double>(options.divergence) * loss.divergence;
  };
  // The bound is piecewise smooth (maxima, nearest neighbours, ReLU): with this step no piece ends within a difference.
  CHECK(test::gradient_error(bound, theta, gradient, 1e-6) < 1e-5);

  const auto norm = [&](Index first, Index last) {
    double sum = 0;
    for (Index i = first; i < last; ++i) sum += std::abs(gradient[static_cast<std::size_t>(i)]);
    return sum;
  };
  CHECK(norm(0, Shape::Encoder::head_offset) > 0.1);  // no part is trivially zero
  CHECK(norm(Shape::Encoder::head_offset, Shape::decoder_offset) > 0.1);
  CHECK(norm(Shape::decoder_offset, Shape::parameters) > 0.1);
}

TEST_CASE("float agrees with double, and threads change no bit") {
  const auto weights = test::random_weights<Shape>(2);
  const auto exact = evaluate<double>(options, weights);
  const auto rounded = evaluate<float>(options, weights), threaded = evaluate<float>(options, weights, 2);
  CHECK(rounded.loss.reconstruction == doctest::Approx(exact.loss.reconstruction).epsilon(1e-5));
  CHECK(rounded.loss.divergence == doctest::Approx(exact.loss.divergence).epsilon(1e-5));
  CHECK(test::relative_error(exact.gradient, test::in_double(rounded.gradient)) < 1e-3);
  CHECK(threaded.gradient == rounded.gradient);
}

TEST_CASE("the divergence is that of the codes, and its weight can be changed") {
  const auto weights = test::random_weights<Shape>(3);
  Cpu exec({});
  VaeGradient<Cpu, Shape> gradient_of(exec, options);
  const auto x = clouds();
  std::vector<float> gradient(weights.size());
  const MatrixView<const float> view(x.data(), 3 * Shape::points, batch);
  const VaeLoss loss = gradient_of(exec, weights.data(), view, key, gradient.data());
  double expected = 0;
  for (Index b = 0; b < batch; ++b)
    for (Index l = 0; l < Shape::latents; ++l) {
      const double m = gradient_of.codes()(l, b),
                   s = std::exp(static_cast<double>(gradient_of.codes()(Shape::latents + l, b)));
      expected += (std::log(0.5 / s) + (s * s + m * m) / 0.5 - 0.5) / batch;  // 2 * 0.5^2 = 0.5
    }
  CHECK(loss.divergence == doctest::Approx(expected).epsilon(1e-5));

  gradient_of.divergence(0.0f);
  gradient_of(exec, weights.data(), view, key, gradient.data());
  VaeTrainingOptions none = options;
  none.divergence = 0.0f;
  CHECK(gradient == evaluate<float>(none, weights).gradient);
}

TEST_CASE("options and batches that do not fit are refused") {
  struct Row {
    VaeTrainingOptions options;
    const char* message;
  };
  const Row rows[] = {
      {{.batch = 0}, "VaeTrainingOptions: wanted batch > 0, got 0"},
      {{.batch = 2, .encoder_points = 25}, "VaeTrainingOptions: wanted 1 to 24 encoder_points, got 25"},
      {{.batch = -1}, "VaeTrainingOptions: wanted batch > 0, got -1"},
      {{.batch = 2, .encoder_points = 9, .reconstruction = -1},
       "VaeTrainingOptions: wanted finite weights of reconstruction and divergence, not below 0, got -1 and 0.1"},
      {{.batch = 2, .encoder_points = 9, .divergence = numeric::infinity},
       "VaeTrainingOptions: wanted finite weights of reconstruction and divergence, not below 0, got 1 and inf"},
      {{.batch = 2, .encoder_points = 9, .prior_sigma = 0},
       "VaeTrainingOptions: wanted a finite prior_sigma above 0, got 0"},
      {{.batch = 2, .encoder_points = 0}, "VaeTrainingOptions: wanted 1 to 24 encoder_points, got 0"},
  };
  Cpu exec({});
  using Gradient = VaeGradient<Cpu, Shape>;
  for (const Row& row : rows) CHECK_THROWS_WITH_AS(Gradient(exec, row.options), row.message, Error);
  Gradient gradient(exec, options);
  const auto x = clouds();
  std::vector<float> weights = test::random_weights<Shape>(1), out(weights.size());
  CHECK_THROWS_WITH_AS(gradient(exec, weights.data(), {x.data(), 3 * Shape::points, 2}, key, out.data()),
                       "VaeGradient: wanted 3 clouds, got 2", Error);
}
