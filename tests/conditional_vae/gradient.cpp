// SPDX-License-Identifier: Apache-2.0
#include "conditional_vae/gradient.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "support/clouds.hpp"
#include "support/executor.hpp"
#include "support/gradient_check.hpp"
#include "support/small_vae.hpp"
#include "train/three_boxes.hpp"

using namespace mace;
using test::TinyConditionalVae;

namespace {

test::Points conditions() {
  return {0.3f, -0.2f, 0, 1, 0.1f, 0.4f, -0.5f, 1, 0, 0, 0, 0};
}

template <class Real>
three_boxes::Result<Real> evaluate_conditional(const std::vector<float>& weights, int threads = 1) {
  auto exec = test::executor({.threads = threads});
  ConditionalVaeGradient<test::Exec, TinyConditionalVae, Real> gradient_of(exec, three_boxes::options);
  const auto theta = three_boxes::uploaded<Real>(exec, weights),
             x = three_boxes::uploaded<Real>(exec, three_boxes::clouds()),
             c = three_boxes::uploaded<Real>(exec, conditions()), gradient = exec.allocate<Real>(theta.size());
  const VaeLoss loss = gradient_of(exec, theta.data(), x.matrix(3 * TinyConditionalVae::points, three_boxes::batch),
                                   c.matrix(4, three_boxes::batch), three_boxes::key, gradient.data());
  return {loss, test::on_host(exec, gradient)};
}

}  // namespace

TEST_CASE("the gradient of the whole conditional bound agrees with central differences") {
  auto exec = test::executor();
  ConditionalVaeGradient<test::Exec, TinyConditionalVae, double> gradient_of(exec, three_boxes::options);
  const std::vector<double> theta = test::in_double(test::random_weights<TinyConditionalVae>(1));
  const auto x = three_boxes::uploaded<double>(exec, three_boxes::clouds()),
             c = three_boxes::uploaded<double>(exec, conditions()),
             parameters = exec.allocate<double>(TinyConditionalVae::parameters),
             written = exec.allocate<double>(parameters.size());
  const auto loss_of = [&](const std::vector<double>& at) {
    test::write(exec, at, parameters.span());
    return gradient_of(exec, parameters.data(), x.matrix(3 * TinyConditionalVae::points, three_boxes::batch),
                       c.matrix(4, three_boxes::batch), three_boxes::key, written.data());
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
  CHECK(norm(0, TinyConditionalVae::Encoder::head_offset) > 0.1);  // no part is trivially zero
  CHECK(norm(TinyConditionalVae::Encoder::head_offset, TinyConditionalVae::decoder_offset) > 0.1);
  CHECK(norm(TinyConditionalVae::decoder_offset, TinyConditionalVae::condition_offset) > 0.1);
  CHECK(norm(TinyConditionalVae::condition_offset, TinyConditionalVae::parameters) > 0.1);
}

TEST_CASE("with a condition, float agrees with double, and threads change no bit") {
  const auto weights = test::random_weights<TinyConditionalVae>(2);
  const auto exact = evaluate_conditional<double>(weights);
  const auto rounded = evaluate_conditional<float>(weights), threaded = evaluate_conditional<float>(weights, 2);
  CHECK(rounded.loss.reconstruction == doctest::Approx(exact.loss.reconstruction).epsilon(1e-5));
  CHECK(rounded.loss.divergence == doctest::Approx(exact.loss.divergence).epsilon(1e-5));
  CHECK(test::relative_error(exact.gradient, test::in_double(rounded.gradient)) < 1e-3);
  CHECK(threaded.gradient == rounded.gradient);
}

TEST_CASE("options, clouds and conditions that do not fit are refused") {
  auto exec = test::executor();
  using Gradient = ConditionalVaeGradient<test::Exec, TinyConditionalVae>;
  CHECK_THROWS_WITH_AS(Gradient(exec, {.batch = 0}), "VaeTrainingOptions: wanted batch > 0, got 0", Error);
  CHECK_THROWS_WITH_AS(Gradient(exec, {.batch = 2, .encoder_points = 25}),
                       "VaeTrainingOptions: wanted 1 to 24 encoder_points, got 25", Error);
  Gradient gradient(exec, three_boxes::options);
  const auto x = exec.upload(three_boxes::clouds()), c = exec.upload(conditions()),
             weights = exec.allocate<float>(TinyConditionalVae::parameters),
             out = exec.allocate<float>(TinyConditionalVae::parameters);
  const auto refused = [&](Index columns, Index rows, Index cols) {
    CAPTURE(columns);
    CHECK_THROWS_AS(gradient(exec, weights.data(), {x.data(), 3 * TinyConditionalVae::points, columns},
                             {c.data(), rows, cols}, three_boxes::key, out.data()),
                    Error);
  };
  refused(2, 4, 3);
  refused(3, 3, 3);
  refused(3, 4, 2);
  CHECK_THROWS_WITH_AS(gradient(exec, weights.data(), {x.data(), 3 * TinyConditionalVae::points, 3}, {c.data(), 6, 2},
                                three_boxes::key, out.data()),
                       "ConditionalVaeGradient: wanted 3 clouds and conditions of [4, 3], got 3 and [6, 2]", Error);
}
