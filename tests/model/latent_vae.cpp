// SPDX-License-Identifier: Apache-2.0
#include "mace/model/latent_vae.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "mace/fit/adam.hpp"
#include "mace/model/concept.hpp"
#include "support/clouds.hpp"
#include "support/executor.hpp"
#include "support/gradient_check.hpp"
#include "support/machine.hpp"
#include "support/plain_ascent.hpp"
#include "support/plain_net.hpp"
#include "support/small_vae.hpp"

using namespace mace;
using test::TinyVae;
using Sample = TinyVae::Sample;

using TinyModel = LatentVae<test::Exec, TinyVae>;

static_assert(Model<TinyModel, test::Exec>);
static_assert(DensityModel<TinyModel, test::Exec>);

namespace {

constexpr Index latents = TinyVae::latents;

/// The encoder of one cloud, point after point.
std::vector<float> plain_encode(const std::vector<float>& weights, std::span<const float> xyz) {
  using Encoder = TinyVae::Encoder;
  std::vector<float> largest(Encoder::features, -numeric::infinity);
  for (std::size_t i = 0; i < xyz.size(); i += 3) {
    const auto features = test::plain_net<Encoder::PointNet, float>(weights.data(), {xyz[i], xyz[i + 1], xyz[i + 2]});
    for (std::size_t f = 0; f < largest.size(); ++f) largest[f] = std::max(largest[f], features[f]);
  }
  return test::plain_net<Encoder::HeadNet, float>(weights.data() + Encoder::head_offset, largest);
}

double difference(const float* a, const std::vector<float>& b) {
  double most = 0;
  for (std::size_t i = 0; i < b.size(); ++i)
    most = std::max(most, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  return most;
}

TinyModel model_of(test::Exec& exec, const std::vector<float>& weights, float prior_sigma) {
  return TinyModel(exec, weights, prior_sigma);
}

Buffer<Sample, test::Space> prior_samples(test::Exec& exec, TinyModel& model, Index count) {
  auto samples = exec.allocate<Sample>(count);
  model.sample(exec, {1, Stream::draw, 2}, samples.span());
  return samples;
}

/// q(z|x) of some clouds, [2 latents, n].
std::vector<float> codes_of(test::Exec& exec, TinyModel& model, std::span<const Sample> clouds) {
  const auto codes = exec.allocate<float>(2 * latents * static_cast<Index>(clouds.size()));
  model.encode(exec, clouds, codes.matrix(2 * latents, static_cast<Index>(clouds.size())));
  return test::on_host(exec, codes);
}

std::vector<float> log_density_of(test::Exec& exec, TinyModel& model, std::span<const Sample> clouds) {
  return test::filled<float>(exec, clouds.size(), [&](std::span<float> out) { model.log_density(exec, clouds, out); });
}

std::vector<float> gradient_of(test::Exec& exec, TinyModel& model, Index batch) {
  return test::filled<float>(exec, 2 * latents,
                             [&](std::span<float> out) { model.likelihood_gradient(exec, batch, out); });
}

}  // namespace

TEST_CASE("a sample is the decoder's cloud of mean + sigma e") {
  auto exec = test::executor();
  const auto weights = test::random_weights<TinyVae>(1);
  TinyModel model = model_of(exec, weights, 0.5f);
  for (const float mean : test::on_host(exec, model.mean())) CHECK(mean == 0.0f);
  for (const float log_sigma : test::on_host(exec, model.log_sigma())) CHECK(log_sigma == std::log(0.5f));
  test::write(exec, std::vector<float>{0, 1, 2}, model.mean());
  const auto samples = test::on_host(exec, prior_samples(exec, model, 5));
  for (std::uint32_t i = 0; i < 5; ++i) {
    const Vec<4> e = normals({1, Stream::draw, 2}, i, 0);
    const auto cloud = test::plain_net<TinyVae::Decoder, float>(weights.data() + TinyVae::decoder_offset,
                                                                {0.5f * e[0], 1 + 0.5f * e[1], 2 + 0.5f * e[2]});
    CHECK(difference(samples[i].xyz, cloud) < 1e-5);
  }
  model.reset(exec);
  CHECK(test::on_host(exec, model.mean())[1] == 0.0f);
}

TEST_CASE("encode agrees with a plain loop, cloud by cloud, and threads change no bit") {
  auto exec = test::executor(), threads = test::executor({.threads = 2});
  const auto weights = test::random_weights<TinyVae>(2);
  TinyModel model = model_of(exec, weights, 1.0f), other = model_of(threads, weights, 1.0f);
  const auto drawn = prior_samples(exec, model, 50);  // 1200 points: several blocks of columns
  const auto samples = test::on_host(exec, drawn);
  const auto codes = codes_of(exec, model, drawn.span());
  CHECK(test::same_bits(codes, codes_of(threads, other, drawn.span())));
  for (std::size_t i = 0; i < samples.size(); ++i)
    CHECK(difference(codes.data() + 6 * i, plain_encode(weights, samples[i].xyz)) < 1e-5);
}

TEST_CASE("clouds of any number of points are encoded, also where a block of columns ends within one") {
  auto exec = test::executor();
  const auto weights = test::random_weights<TinyVae>(6);
  const auto there = exec.upload(weights);
  const Index clouds = 23;
  PackedPointEncoder<test::Exec, TinyVae::Encoder> encoder(exec, clouds);
  encoder.assign(exec, there.data());
  for (const Index count : {1, 37, 50, 500}) {  // 384 columns a block
    CAPTURE(count);
    const auto xyz = test::random_points(count * clouds, static_cast<std::uint32_t>(count));
    const auto points = exec.upload(xyz);
    const auto codes = test::filled<float>(exec, 2 * latents * clouds, [&](std::span<float> out) {
      encoder.encode(exec, points.matrix(3, count * clouds), count, {out.data(), 2 * latents, clouds});
    });
    for (Index c = 0; c < clouds; ++c)
      CHECK(difference(codes.data() + 6 * c, plain_encode(weights, {xyz.data() + 3 * count * c,
                                                                    static_cast<std::size_t>(3 * count)})) < 1e-5);
  }
}

TEST_CASE("a code does not depend on the order of the points") {
  auto exec = test::executor();
  TinyModel model = model_of(exec, test::random_weights<TinyVae>(3), 1.0f);
  auto samples = test::on_host(exec, prior_samples(exec, model, 1));
  samples.push_back(samples[0]);
  for (int p = 0; p < TinyVae::points; ++p)
    std::copy_n(samples[0].xyz + 3 * p, 3, samples[1].xyz + 3 * (TinyVae::points - 1 - p));
  const auto there = exec.upload(samples);
  const auto codes = codes_of(exec, model, there.span());
  CHECK(std::equal(codes.begin(), codes.begin() + 2 * latents, codes.begin() + 2 * latents));
}

TEST_CASE("the gradient is that of the elites' weighted divergences, batch by batch") {
  auto exec = test::executor();
  TinyModel model = model_of(exec, test::random_weights<TinyVae>(4), 1.0f);
  const auto samples = prior_samples(exec, model, 12);
  Elites<test::Space> elites(exec, 3, 2);
  const std::int32_t indices[] = {4, 1, 0, 9, 11, 6};
  const float weights[] = {0.5f, 0.5f, 0.0f, 0.25f, 0.5f, 0.25f};  // the first batch has found two only
  test::write(exec, indices, elites.indices.span());
  test::write(exec, weights, elites.weights.span());
  exec.fill(elites.found.span(), 5);
  model.reserve(exec, 12, 6, 2);
  model.set_elites(exec, samples.span(), elites);
  const std::vector<float> parameters{0.3f, 0.3f, 0.3f, -0.4f, -0.4f + 0.2f, -0.4f + 0.2f * 2};
  test::write(exec, parameters, model.parameters());

  const auto codes = codes_of(exec, model, samples.span());
  const std::vector<double> theta(parameters.begin(), parameters.end());
  for (const Index batch : {0, 1}) {
    CAPTURE(batch);
    const auto bound = [&](const std::vector<double>& at) {
      double sum = 0;
      for (Index e = 3 * batch; e < 3 * batch + 3; ++e)
        for (std::size_t l = 0; l < 3; ++l) {
          const float* const code = codes.data() + 6 * indices[e];
          sum -= static_cast<double>(weights[e]) *
                 latent_gaussian::kl_divergence<double>(code[l], code[3 + l], at[l], at[3 + l]);
        }
      return sum;
    };
    const auto gradient = gradient_of(exec, model, batch);
    CHECK(test::gradient_error(bound, theta, std::vector<double>(gradient.begin(), gradient.end())) < 1e-4);
  }
}

TEST_CASE("all steps in one pass end where gradient and step, one after the other, do") {
  const auto stepped = [](const auto& update, bool in_one_pass) {
    auto exec = test::executor();
    TinyModel model = model_of(exec, test::random_weights<TinyVae>(4), 1.0f);
    const auto samples = prior_samples(exec, model, 12);
    Elites<test::Space> elites(exec, 3, 2);
    const std::int32_t indices[] = {4, 1, 0, 9, 11, 6};
    test::write(exec, indices, elites.indices.span());
    exec.fill(elites.weights.span(), 1.0f / 3);
    exec.fill(elites.found.span(), 6);
    model.reserve(exec, 12, 6, 2);
    model.set_elites(exec, samples.span(), elites);
    auto state = update.make_state(exec, 6);
    const auto gradient = exec.allocate<float>(6);
    for (int round = 0; round < 2; ++round)  // the second goes on with the first one's moments
      if (in_one_pass)
        model.ascend(exec, 2, 7, update.steps(exec, state, model.parameters(), 7));
      else
        for (Index m = 0; m < 7; ++m) {
          model.likelihood_gradient(exec, m % 2, gradient.span());
          update.ascend(exec, state, model.parameters(), std::span<const float>(gradient.span()));
        }
    return test::on_host(exec, model.parameters());
  };
  const auto check = [&](const auto& update) {
    const auto one = stepped(update, true), many = stepped(update, false);
    for (std::size_t i = 0; i < 6; ++i) CHECK(one[i] == doctest::Approx(static_cast<double>(many[i])).epsilon(1e-6));
    CHECK(std::abs(one[0]) > 0.01f);
  };
  check(Adam{.rate = 0.02});
  check(test::PlainAscent{.rate = 0.05});
}

TEST_CASE("the log density is minus the codes' divergence from the latents, in double") {
  auto exec = test::executor(), threads = test::executor({.threads = 2});
  const auto weights = test::random_weights<TinyVae>(5);
  TinyModel model = model_of(exec, weights, 0.5f), other = model_of(threads, weights, 0.5f);
  const auto samples = prior_samples(exec, model, 30);
  const auto codes = codes_of(exec, model, samples.span());
  const auto divergence = [&](std::size_t i, const std::vector<float>& theta) {
    double sum = 0;
    for (std::size_t l = 0; l < 3; ++l) {
      const double m = static_cast<double>(codes[6 * i + l]) - static_cast<double>(theta[l]),
                   s = std::exp(static_cast<double>(codes[6 * i + 3 + l])),
                   sigma = std::exp(static_cast<double>(theta[3 + l]));
      sum += std::log(sigma / s) + (s * s + m * m) / (2 * sigma * sigma) - 0.5;
    }
    return sum;
  };
  const auto before = log_density_of(exec, model, samples.span());
  const auto prior = test::on_host(exec, model.parameters());
  for (std::size_t i = 0; i < 30; ++i) CHECK(before[i] == doctest::Approx(-divergence(i, prior)).epsilon(1e-5));
  const std::vector<float> moved{0.3f, 0.3f, 0.3f, -1.4f, -1.4f + 0.2f, -1.4f + 0.2f * 2};
  test::write(exec, moved, model.parameters());
  const auto after = log_density_of(exec, model, samples.span());
  for (std::size_t i = 0; i < 30; ++i) CHECK(after[i] == doctest::Approx(-divergence(i, moved)).epsilon(1e-5));
  CHECK_FALSE(test::same_bits(before, after));
  CHECK(test::same_bits(before, log_density_of(threads, other, samples.span())));
  const auto few = exec.allocate<float>(7);
  CHECK_THROWS_WITH_AS(model.log_density(exec, samples.span(), few.span()),
                       "LatentVae: wanted room for 30 log densities, got 7", Error);
}

TEST_CASE("clouds that changed in place are encoded again, by density and elites alike") {
  auto exec = test::executor();
  const auto weights = test::random_weights<TinyVae>(7);
  TinyModel model = model_of(exec, weights, 1.0f);
  const auto clouds = prior_samples(exec, model, 6);  // they stay where they are
  auto samples = test::on_host(exec, clouds);
  Elites<test::Space> elites(exec, 6, 1);
  test::write(exec, std::vector<std::int32_t>{0, 1, 2, 3, 4, 5}, elites.indices.span());
  exec.fill(elites.weights.span(), 1.0f / 6);
  const auto answers = [&](TinyModel& of, std::size_t count, bool density_first) {
    test::write(exec, samples, clouds.span());
    if (density_first) log_density_of(exec, of, clouds.span().first(count));
    of.reserve(exec, 6, 6, 1);
    of.set_elites(exec, clouds.span(), elites);
    const auto gradient = gradient_of(exec, of, 0);
    auto log_densities = log_density_of(exec, of, clouds.span().first(count));
    log_densities.insert(log_densities.end(), gradient.begin(), gradient.end());
    return log_densities;
  };
  const auto fresh = [&](std::size_t count) {
    TinyModel other = model_of(exec, weights, 1.0f);
    return answers(other, count, false);
  };
  CHECK(test::same_bits(answers(model, 6, true), fresh(6)));
  samples[5].xyz[3 * TinyVae::points - 1] += 3.0f;  // the last number of all
  CHECK(test::same_bits(answers(model, 6, true), fresh(6)));
  samples[0].xyz[0] -= 3.0f;
  CHECK(test::same_bits(answers(model, 6, false), fresh(6)));
  std::swap(samples[1], samples[2]);
  CHECK(test::same_bits(answers(model, 3, true), fresh(3)));  // fewer
  CHECK(test::same_bits(answers(model, 6, true), fresh(6)));  // and more again
}

TEST_CASE("LatentVae refuses weights of another network and a width of zero") {
  auto exec = test::executor();
  const std::vector<float> short_of(10);
  CHECK_THROWS_AS(model_of(exec, short_of, 1.0f), Error);
  CHECK_THROWS_WITH_AS(model_of(exec, test::random_weights<TinyVae>(1), 0.0f),
                       "LatentVae: wanted a prior_sigma above 0, got 0", Error);
}
