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
#include "train/three_boxes.hpp"

using namespace mace;
using test::TinyVae;

namespace {

template <class Real>
three_boxes::Result<Real> evaluate(const VaeTrainingOptions& o, const std::vector<float>& weights, int threads = 1) {
  Cpu exec({.threads = threads});
  VaeGradient<Cpu, TinyVae, Real> gradient_of(exec, o);
  const std::vector<Real> theta(weights.begin(), weights.end());
  const auto xyz = three_boxes::clouds();
  const std::vector<Real> x(xyz.begin(), xyz.end());
  three_boxes::Result<Real> result{{}, std::vector<Real>(theta.size())};
  result.loss = gradient_of(exec, theta.data(), {x.data(), 3 * TinyVae::points, three_boxes::batch}, three_boxes::key,
                            result.gradient.data());
  return result;
}

}  // namespace

TEST_CASE("the gradient of the whole bound agrees with central differences") {
  Cpu exec({});
  VaeGradient<Cpu, TinyVae, double> gradient_of(exec, three_boxes::options);
  const auto weights = test::random_weights<TinyVae>(1);
  const std::vector<double> theta(weights.begin(), weights.end()), x = test::in_double(three_boxes::clouds());
  const MatrixView<const double> view(x.data(), 3 * TinyVae::points, three_boxes::batch);
  std::vector<double> gradient(theta.size()), unused(theta.size());
  gradient_of(exec, theta.data(), view, three_boxes::key, gradient.data());
  const auto bound = [&](const std::vector<double>& at) {
    const VaeLoss loss = gradient_of(exec, at.data(), view, three_boxes::key, unused.data());
    return -static_cast<double>(three_boxes::options.reconstruction) * loss.reconstruction -
           static_cast<double>(three_boxes::options.divergence) * loss.divergence;
  };
  // The bound is piecewise smooth (maxima, nearest neighbours, ReLU): with this step no piece ends within a difference.
  CHECK(test::gradient_error(bound, theta, gradient, 1e-6) < 1e-5);

  const auto norm = [&](Index first, Index last) {
    double sum = 0;
    for (Index i = first; i < last; ++i) sum += std::abs(gradient[static_cast<std::size_t>(i)]);
    return sum;
  };
  CHECK(norm(0, TinyVae::Encoder::head_offset) > 0.1);  // no part is trivially zero
  CHECK(norm(TinyVae::Encoder::head_offset, TinyVae::decoder_offset) > 0.1);
  CHECK(norm(TinyVae::decoder_offset, TinyVae::parameters) > 0.1);
}

TEST_CASE("float agrees with double, and threads change no bit") {
  const auto weights = test::random_weights<TinyVae>(2);
  const auto exact = evaluate<double>(three_boxes::options, weights);
  const auto rounded = evaluate<float>(three_boxes::options, weights),
             threaded = evaluate<float>(three_boxes::options, weights, 2);
  CHECK(rounded.loss.reconstruction == doctest::Approx(exact.loss.reconstruction).epsilon(1e-5));
  CHECK(rounded.loss.divergence == doctest::Approx(exact.loss.divergence).epsilon(1e-5));
  CHECK(test::relative_error(exact.gradient, test::in_double(rounded.gradient)) < 1e-3);
  CHECK(threaded.gradient == rounded.gradient);
}

TEST_CASE("the divergence is that of the codes, and its weight can be changed") {
  const auto weights = test::random_weights<TinyVae>(3);
  Cpu exec({});
  VaeGradient<Cpu, TinyVae> gradient_of(exec, three_boxes::options);
  const auto x = three_boxes::clouds();
  std::vector<float> gradient(weights.size());
  const MatrixView<const float> view(x.data(), 3 * TinyVae::points, three_boxes::batch);
  const VaeLoss loss = gradient_of(exec, weights.data(), view, three_boxes::key, gradient.data());
  double expected = 0;
  for (Index b = 0; b < three_boxes::batch; ++b)
    for (Index l = 0; l < TinyVae::latents; ++l) {
      const double m = gradient_of.codes()(l, b),
                   s = std::exp(static_cast<double>(gradient_of.codes()(TinyVae::latents + l, b)));
      expected += (std::log(0.5 / s) + (s * s + m * m) / 0.5 - 0.5) / three_boxes::batch;  // 2 * 0.5^2 = 0.5
    }
  CHECK(loss.divergence == doctest::Approx(expected).epsilon(1e-5));

  gradient_of.divergence(0.0f);
  gradient_of(exec, weights.data(), view, three_boxes::key, gradient.data());
  VaeTrainingOptions none = three_boxes::options;
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
  using Gradient = VaeGradient<Cpu, TinyVae>;
  for (const Row& row : rows) CHECK_THROWS_WITH_AS(Gradient(exec, row.options), row.message, Error);
  Gradient gradient(exec, three_boxes::options);
  const auto x = three_boxes::clouds();
  std::vector<float> weights = test::random_weights<TinyVae>(1), out(weights.size());
  CHECK_THROWS_WITH_AS(gradient(exec, weights.data(), {x.data(), 3 * TinyVae::points, 2}, three_boxes::key, out.data()),
                       "VaeGradient: wanted 3 clouds, got 2", Error);
}
