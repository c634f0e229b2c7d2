// SPDX-License-Identifier: Apache-2.0
#include "mace/train/vae_gradient.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "support/clouds.hpp"
#include "support/executor.hpp"
#include "support/gradient_check.hpp"
#include "support/small_vae.hpp"
#include "train/three_boxes.hpp"

using namespace mace;
using test::TinyVae;

namespace {

template <class Real>
three_boxes::Result<Real> evaluate(const VaeTrainingOptions& o, const std::vector<float>& weights, int threads = 1) {
  auto exec = test::executor({.threads = threads});
  VaeGradient<test::Exec, TinyVae, Real> gradient_of(exec, o);
  const auto theta = three_boxes::uploaded<Real>(exec, weights),
             x = three_boxes::uploaded<Real>(exec, three_boxes::clouds()), gradient = exec.allocate<Real>(theta.size());
  const VaeLoss loss = gradient_of(exec, theta.data(), x.matrix(3 * TinyVae::points, three_boxes::batch),
                                   three_boxes::key, gradient.data());
  return {loss, test::on_host(exec, gradient)};
}

}  // namespace

TEST_CASE("the gradient of the whole bound agrees with central differences") {
  auto exec = test::executor();
  VaeGradient<test::Exec, TinyVae, double> gradient_of(exec, three_boxes::options);
  const std::vector<double> theta = test::in_double(test::random_weights<TinyVae>(1));
  const auto x = three_boxes::uploaded<double>(exec, three_boxes::clouds()),
             parameters = exec.allocate<double>(TinyVae::parameters),
             written = exec.allocate<double>(parameters.size());
  const auto loss_of = [&](const std::vector<double>& at) {
    test::write(exec, at, parameters.span());
    return gradient_of(exec, parameters.data(), x.matrix(3 * TinyVae::points, three_boxes::batch), three_boxes::key,
                       written.data());
  };
  loss_of(theta);
  const std::vector<double> gradient = test::on_host(exec, written);
  const auto bound = [&](const std::vector<double>& at) {
    const VaeLoss loss = loss_of(at);
    return -static_cast<double>(three_boxes::options.reconstruction) * loss.reconstruction -
           static_cast<double>(three_boxes::options.divergence) * loss.divergence;
  };
  // The bound is piecewise smooth (maxima, nearest neighbors, ReLU): with this step no piece ends within a difference.
  CHECK(test::gradient_error(bound, theta, gradient, 1e-6, three_boxes::every) < 1e-5);

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
  auto exec = test::executor();
  VaeGradient<test::Exec, TinyVae> gradient_of(exec, three_boxes::options);
  const auto theta = exec.upload(weights), x = exec.upload(three_boxes::clouds()),
             gradient = exec.allocate<float>(theta.size());
  const MatrixView<const float> view = x.matrix(3 * TinyVae::points, three_boxes::batch);
  const VaeLoss loss = gradient_of(exec, theta.data(), view, three_boxes::key, gradient.data());
  const std::vector<float> codes = test::on_host(exec, gradient_of.codes());
  double expected = 0;
  for (std::size_t b = 0; b < three_boxes::batch; ++b)
    for (std::size_t l = 0; l < 3; ++l) {
      const double m = codes[6 * b + l], s = std::exp(static_cast<double>(codes[6 * b + 3 + l]));
      expected += (std::log(0.5 / s) + (s * s + m * m) / 0.5 - 0.5) / three_boxes::batch;  // 2 * 0.5^2 = 0.5
    }
  CHECK(loss.divergence == doctest::Approx(expected).epsilon(1e-5));

  gradient_of.divergence(0.0f);
  gradient_of(exec, theta.data(), view, three_boxes::key, gradient.data());
  VaeTrainingOptions none = three_boxes::options;
  none.divergence = 0.0f;
  CHECK(test::on_host(exec, gradient) == evaluate<float>(none, weights).gradient);
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
  auto exec = test::executor();
  using Gradient = VaeGradient<test::Exec, TinyVae>;
  for (const Row& row : rows) CHECK_THROWS_WITH_AS(Gradient(exec, row.options), row.message, Error);
  Gradient gradient(exec, three_boxes::options);
  const auto x = exec.upload(three_boxes::clouds()), weights = exec.allocate<float>(TinyVae::parameters),
             out = exec.allocate<float>(TinyVae::parameters);
  CHECK_THROWS_WITH_AS(gradient(exec, weights.data(), {x.data(), 3 * TinyVae::points, 2}, three_boxes::key, out.data()),
                       "VaeGradient: wanted 3 clouds, got 2", Error);
}
