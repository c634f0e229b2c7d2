// SPDX-License-Identifier: Apache-2.0
#include "mace/model/latent_vae.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/model/concept.hpp"
#include "mace/update/adam.hpp"
#include "mace/update/sgd.hpp"
#include "support/clouds.hpp"
#include "support/gradient_check.hpp"
#include "support/machine.hpp"
#include "support/plain_net.hpp"
#include "support/small_vae.hpp"

using namespace mace;
using test::TinyVae;
using Sample = TinyVae::Sample;

static_assert(Model<LatentVae<Cpu, TinyVae>, Cpu>);
static_assert(DensityModel<LatentVae<Cpu, TinyVae>, Cpu>);

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

std::vector<Sample> prior_samples(Cpu& exec, LatentVae<Cpu, TinyVae>& model, std::size_t count) {
  std::vector<Sample> samples(count);
  model.sample(exec, {1, Stream::draw, 2}, samples);
  return samples;
}

}  // namespace

TEST_CASE("a sample is the decoder's cloud of mean + sigma e") {
  Cpu exec({});
  const auto weights = test::random_weights<TinyVae>(1);
  LatentVae<Cpu, TinyVae> model(exec, weights, 0.5f);
  for (Index l = 0; l < latents; ++l) {
    CHECK(model.mean()[static_cast<std::size_t>(l)] == 0.0f);
    CHECK(model.log_sigma()[static_cast<std::size_t>(l)] == std::log(0.5f));
    model.mean()[static_cast<std::size_t>(l)] = static_cast<float>(l);
  }
  const auto samples = prior_samples(exec, model, 5);
  for (std::uint32_t i = 0; i < 5; ++i) {
    const Vec<4> e = normals({1, Stream::draw, 2}, i, 0);
    const auto cloud = test::plain_net<TinyVae::Decoder, float>(weights.data() + TinyVae::decoder_offset,
                                                                {0.5f * e[0], 1 + 0.5f * e[1], 2 + 0.5f * e[2]});
    CHECK(difference(samples[i].xyz, cloud) < 1e-5);
  }
  model.reset(exec);
  CHECK(model.mean()[1] == 0.0f);
}

TEST_CASE("encode agrees with a plain loop, cloud by cloud, and threads change no bit") {
  Cpu exec({}), threads({.threads = 2});
  const auto weights = test::random_weights<TinyVae>(2);
  LatentVae<Cpu, TinyVae> model(exec, weights, 1.0f), other(threads, weights, 1.0f);
  const auto samples = prior_samples(exec, model, 50);  // 1200 points: several blocks of columns
  std::vector<float> codes(static_cast<std::size_t>(2 * latents * 50)), same(codes.size());
  model.encode(exec, samples, {codes.data(), 2 * latents, 50});
  other.encode(threads, samples, {same.data(), 2 * latents, 50});
  CHECK(test::same_bits(codes, same));
  for (std::size_t i = 0; i < samples.size(); ++i)
    CHECK(difference(codes.data() + 6 * i, plain_encode(weights, samples[i].xyz)) < 1e-5);
}

TEST_CASE("clouds of any number of points are encoded, also where a block of columns ends within one") {
  Cpu exec({});
  const auto weights = test::random_weights<TinyVae>(6);
  const Index clouds = 23;
  PackedPointEncoder<Cpu, TinyVae::Encoder> encoder(exec, clouds);
  encoder.assign(exec, weights.data());
  for (const Index count : {1, 37, 50, 500}) {  // 384 columns a block
    CAPTURE(count);
    const auto xyz = test::random_points(count * clouds, static_cast<std::uint32_t>(count));
    std::vector<float> codes(static_cast<std::size_t>(2 * latents * clouds));
    encoder.encode(exec, {xyz.data(), 3, count * clouds}, count, {codes.data(), 2 * latents, clouds});
    for (Index c = 0; c < clouds; ++c)
      CHECK(difference(codes.data() + 6 * c, plain_encode(weights, {xyz.data() + 3 * count * c,
                                                                    static_cast<std::size_t>(3 * count)})) < 1e-5);
  }
}

TEST_CASE("a code does not depend on the order of the points") {
  Cpu exec({});
  LatentVae<Cpu, TinyVae> model(exec, test::random_weights<TinyVae>(3), 1.0f);
  auto samples = prior_samples(exec, model, 1);
  samples.push_back(samples[0]);
  for (int p = 0; p < TinyVae::points; ++p)
    std::copy_n(samples[0].xyz + 3 * p, 3, samples[1].xyz + 3 * (TinyVae::points - 1 - p));
  std::vector<float> codes(static_cast<std::size_t>(4 * latents));
  model.encode(exec, samples, {codes.data(), 2 * latents, 2});
  CHECK(std::equal(codes.begin(), codes.begin() + 2 * latents, codes.begin() + 2 * latents));
}

TEST_CASE("the gradient is that of the elites' weighted divergences, batch by batch") {
  Cpu exec({});
  LatentVae<Cpu, TinyVae> model(exec, test::random_weights<TinyVae>(4), 1.0f);
  const auto samples = prior_samples(exec, model, 12);
  Elites<HostSpace> elites(exec, 3, 2);
  const std::int32_t indices[] = {4, 1, 0, 9, 11, 6};
  const float weights[] = {0.5f, 0.5f, 0.0f, 0.25f, 0.5f, 0.25f};  // the first batch has found two only
  std::copy_n(indices, 6, elites.indices.data());
  std::copy_n(weights, 6, elites.weights.data());
  elites.found.data()[0] = 5;
  model.reserve(exec, 12, 6, 2);
  model.set_elites(exec, samples, elites);
  for (std::size_t l = 0; l < 3; ++l)
    model.mean()[l] = 0.3f, model.log_sigma()[l] = -0.4f + 0.2f * static_cast<float>(l);

  std::vector<float> codes(static_cast<std::size_t>(2 * latents * 12));
  model.encode(exec, samples, {codes.data(), 2 * latents, 12});
  const std::vector<double> theta(model.parameters().begin(), model.parameters().end());
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
    std::vector<float> gradient(6);
    model.likelihood_gradient(exec, batch, gradient);
    CHECK(test::gradient_error(bound, theta, std::vector<double>(gradient.begin(), gradient.end())) < 1e-4);
  }
}

TEST_CASE("all steps in one pass end where gradient and step, one after the other, do") {
  const auto stepped = [](const auto& update, bool in_one_pass) {
    Cpu exec({});
    LatentVae<Cpu, TinyVae> model(exec, test::random_weights<TinyVae>(4), 1.0f);
    const auto samples = prior_samples(exec, model, 12);
    Elites<HostSpace> elites(exec, 3, 2);
    const std::int32_t indices[] = {4, 1, 0, 9, 11, 6};
    std::copy_n(indices, 6, elites.indices.data());
    exec.fill(elites.weights.span(), 1.0f / 3);
    exec.fill(elites.found.span(), 6);
    model.reserve(exec, 12, 6, 2);
    model.set_elites(exec, samples, elites);
    auto state = update.make_state(exec, 6);
    std::vector<float> gradient(6);
    for (int round = 0; round < 2; ++round)  // the second goes on with the first one's moments
      if (in_one_pass)
        model.ascend(exec, 2, 7, update.steps(exec, state, model.parameters(), 7));
      else
        for (Index m = 0; m < 7; ++m) {
          model.likelihood_gradient(exec, m % 2, gradient);
          update.ascend(exec, state, model.parameters(), std::span<const float>(gradient));
        }
    return std::vector<float>(model.parameters().begin(), model.parameters().end());
  };
  const auto check = [&](const auto& update) {
    const auto one = stepped(update, true), many = stepped(update, false);
    for (std::size_t i = 0; i < 6; ++i) CHECK(one[i] == doctest::Approx(static_cast<double>(many[i])).epsilon(1e-6));
    CHECK(std::abs(one[0]) > 0.01f);
  };
  check(Adam{.rate = 0.02});
  check(Sgd{.rate = 0.05});
}

TEST_CASE("the log density is minus the codes' divergence from the latents, in double") {
  Cpu exec({}), threads({.threads = 2});
  const auto weights = test::random_weights<TinyVae>(5);
  LatentVae<Cpu, TinyVae> model(exec, weights, 0.5f), other(threads, weights, 0.5f);
  const auto samples = prior_samples(exec, model, 30);
  std::vector<float> codes(static_cast<std::size_t>(2 * latents * 30)), before(30), after(30), same(30);
  model.encode(exec, samples, {codes.data(), 2 * latents, 30});
  const auto divergence = [&](std::size_t i) {
    double sum = 0;
    for (std::size_t l = 0; l < 3; ++l) {
      const double m = static_cast<double>(codes[6 * i + l]) - static_cast<double>(model.mean()[l]),
                   s = std::exp(static_cast<double>(codes[6 * i + 3 + l])),
                   sigma = std::exp(static_cast<double>(model.log_sigma()[l]));
      sum += std::log(sigma / s) + (s * s + m * m) / (2 * sigma * sigma) - 0.5;
    }
    return sum;
  };
  model.log_density(exec, samples, before);
  for (std::size_t i = 0; i < 30; ++i) CHECK(before[i] == doctest::Approx(-divergence(i)).epsilon(1e-5));
  for (std::size_t l = 0; l < 3; ++l)
    model.mean()[l] = 0.3f, model.log_sigma()[l] = -1.4f + 0.2f * static_cast<float>(l);
  model.log_density(exec, samples, after);
  for (std::size_t i = 0; i < 30; ++i) CHECK(after[i] == doctest::Approx(-divergence(i)).epsilon(1e-5));
  CHECK_FALSE(test::same_bits(before, after));
  other.log_density(threads, samples, same);
  CHECK(test::same_bits(before, same));
  CHECK_THROWS_WITH_AS(model.log_density(exec, samples, std::span(after).first(7)),
                       "LatentVae: wanted room for 30 log densities, got 7", Error);
}

TEST_CASE("clouds that changed in place are encoded again, by density and elites alike") {
  Cpu exec({});
  const auto weights = test::random_weights<TinyVae>(7);
  LatentVae<Cpu, TinyVae> model(exec, weights, 1.0f);
  auto samples = prior_samples(exec, model, 6);
  Elites<HostSpace> elites(exec, 6, 1);
  for (std::int32_t i = 0; i < 6; ++i) elites.indices.data()[i] = i, elites.weights.data()[i] = 1.0f / 6;
  const auto answers = [&](LatentVae<Cpu, TinyVae>& of, std::size_t count, bool density_first) {
    std::vector<float> log_densities(count), gradient(2 * latents);
    if (density_first) of.log_density(exec, std::span(samples).first(count), log_densities);
    of.reserve(exec, 6, 6, 1);
    of.set_elites(exec, samples, elites);
    of.likelihood_gradient(exec, 0, gradient);
    of.log_density(exec, std::span(samples).first(count), log_densities);
    log_densities.insert(log_densities.end(), gradient.begin(), gradient.end());
    return log_densities;
  };
  const auto fresh = [&](std::size_t count) {
    LatentVae<Cpu, TinyVae> other(exec, weights, 1.0f);
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
  Cpu exec({});
  const std::vector<float> short_of(10);
  using Vae = LatentVae<Cpu, TinyVae>;
  CHECK_THROWS_AS(Vae(exec, short_of, 1.0f), Error);
  CHECK_THROWS_WITH_AS(Vae(exec, test::random_weights<TinyVae>(1), 0.0f),
                       "LatentVae: wanted a prior_sigma above 0, got 0", Error);
}
