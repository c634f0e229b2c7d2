// SPDX-License-Identifier: Apache-2.0
#include "conditional_vae/model.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

#include "support/executor.hpp"
#include "support/machine.hpp"
#include "support/plain_net.hpp"
#include "support/small_vae.hpp"

using namespace mace;
using test::TinyConditionalVae;
using Sampler = ConditionalSampler<test::Exec, TinyConditionalVae>;

static_assert(std::is_same_v<TinyConditionalVae::Decoder, Mlp<Activation::relu, 6, 8, 72>>);
static_assert(std::is_same_v<TinyConditionalVae::Condition, Mlp<Activation::relu, 4, 128, 6>>);
static_assert(std::is_same_v<TinyConditionalVae::Sample, test::TinyVae::Sample>);

namespace {

constexpr float seen[] = {0.3f, -0.2f, 0.5f, 1};

Sampler sampler_of(test::Exec& exec, const std::vector<float>& weights) {
  return Sampler(exec, weights);
}

void set_condition(test::Exec& exec, Sampler& sampler, std::span<const float> condition) {
  sampler.set_condition(exec, condition);
}

std::vector<TinyConditionalVae::Sample> draw(test::Exec& exec, Sampler& sampler, std::size_t count) {
  return test::filled<TinyConditionalVae::Sample>(exec, count, [&](auto samples) {
    sampler.sample(exec, {1, Stream::draw, 2}, samples);
  });
}

}  // namespace

TEST_CASE("a sample is the decoder's cloud of the condition's mean + sigma e, and of that mean") {
  auto exec = test::executor(), threads = test::executor({.threads = 2});
  const auto weights = test::random_weights<TinyConditionalVae>(1);
  Sampler sampler = sampler_of(exec, weights), other = sampler_of(threads, weights);
  set_condition(exec, sampler, seen);
  set_condition(threads, other, seen);
  const std::vector<float> of_condition = test::on_host(exec, sampler.prior());
  const auto prior = test::plain_net<TinyConditionalVae::Condition, double>(
      weights.data() + TinyConditionalVae::condition_offset, std::vector<double>(std::begin(seen), std::end(seen)));
  for (std::size_t l = 0; l < 6; ++l) CHECK(of_condition[l] == doctest::Approx(prior[l]).epsilon(1e-5));
  const auto samples = draw(exec, sampler, 700), same = draw(threads, other, 700);  // several blocks of columns
  for (std::uint32_t i = 0; i < 700; ++i) {
    const Vec<4> e = normals({1, Stream::draw, 2}, i, 0);
    std::vector<double> inputs;
    for (std::size_t l = 0; l < 3; ++l)
      inputs.push_back(prior[l] + std::exp(prior[3 + l]) * static_cast<double>(e[static_cast<int>(l)]));
    inputs.insert(inputs.end(), prior.begin(), prior.begin() + 3);
    const auto cloud = test::plain_net<TinyConditionalVae::Decoder, double>(
        weights.data() + TinyConditionalVae::decoder_offset, inputs);
    double most = 0;
    for (std::size_t k = 0; k < cloud.size(); ++k)
      most = std::max(most, std::abs(cloud[k] - static_cast<double>(samples[i].xyz[k])));
    CHECK(most < 1e-4);
    CHECK(test::same_bits(std::span<const float>(samples[i].xyz), std::span<const float>(same[i].xyz)));
  }
}

TEST_CASE("the condition is zero at first, and another one gives other samples") {
  auto exec = test::executor();
  const auto weights = test::random_weights<TinyConditionalVae>(2);
  Sampler sampler = sampler_of(exec, weights), zero = sampler_of(exec, weights);
  const float none[4] = {};
  set_condition(exec, zero, none);
  const auto first = draw(exec, sampler, 1), same = draw(exec, zero, 1);
  CHECK(std::equal(first[0].xyz, first[0].xyz + 72, same[0].xyz));
  set_condition(exec, sampler, seen);
  CHECK_FALSE(std::equal(first[0].xyz, first[0].xyz + 72, draw(exec, sampler, 1)[0].xyz));
}

TEST_CASE("a sampler refuses weights of another network and conditions that do not fit") {
  auto exec = test::executor();
  const std::vector<float> short_of(10);
  CHECK_THROWS_AS(sampler_of(exec, short_of), Error);
  Sampler sampler = sampler_of(exec, test::random_weights<TinyConditionalVae>(1));
  const float bad[4] = {0, numeric::not_a_number, 0, 0};
  CHECK_THROWS_WITH_AS(set_condition(exec, sampler, std::span(bad).first(3)),
                       "ConditionalSampler: wanted a condition of 4 numbers, got 3", Error);
  CHECK_THROWS_WITH_AS(set_condition(exec, sampler, bad), "ConditionalSampler: wanted a condition of finite numbers",
                       Error);
}
