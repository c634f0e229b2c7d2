// SPDX-License-Identifier: Apache-2.0
#include "mace/fit/likelihood.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/fit/adam.hpp"
#include "mace/model/autoregressive.hpp"
#include "mace/model/gaussian_mixture.hpp"
#include "support/autoregressive.hpp"
#include "support/machine.hpp"
#include "support/plain_ascent.hpp"

using namespace mace;
using ThreeJoints = AutoregressiveShape<3, 2, 2, 2, 40>;
using Model3 = Autoregressive<Cpu, ThreeJoints>;

static_assert(SeparableOptimizer<Adam, Cpu> && SeparableOptimizer<test::PlainAscent, Cpu>);
static_assert(AscendingModel<Model3, Cpu, Adam> && AscendingModel<Model3, Cpu, test::PlainAscent>);
static_assert(!AscendingModel<GaussianMixture<Cpu, 2, 3>, Cpu, Adam>);

namespace {

/// An optimizer that hides its steps, so that gradient and step go one after the other.
template <class Update>
struct Apart {
  Update update;
  auto make_state(Cpu& exec, Index parameters) const { return update.make_state(exec, parameters); }
  template <class State>
  void ascend(Cpu& exec, State& state, std::span<float> parameters, std::span<const float> gradient) const {
    update.ascend(exec, state, parameters, gradient);
  }
};
static_assert(Optimizer<Apart<Adam>, Cpu> && !SeparableOptimizer<Apart<Adam>, Cpu>);

/// The parameters after two rounds of five steps.
template <class Update>
std::vector<float> fitted(const Update& update, Index per_batch, Index batches, int threads) {
  Cpu exec({.threads = threads});
  const auto weights = test::random_arm<ThreeJoints>(3);
  Model3 model(exec, weights, {{-1, -2, -3}, {1, 2, 3}});
  const std::vector<float> condition = {0.5f, -1};
  model.set_condition(exec, condition);
  const Index count = per_batch * batches;
  model.reserve(exec, 4 * count, count, batches);
  auto state = update.make_state(exec, ThreeJoints::parameters);
  std::vector<float> gradient(weights.size());
  std::vector<Vec<3>> samples(static_cast<std::size_t>(4 * count));
  Elites<HostSpace> elites(exec, per_batch, batches);
  for (std::uint32_t round = 0; round < 2; ++round) {
    model.sample(exec, {7, Stream::draw, round}, samples);
    for (Index e = 0; e < count; ++e) {
      elites.indices.data()[e] = static_cast<std::int32_t>(4 * e + e % 3);
      elites.weights.data()[e] = 1.0f / static_cast<float>(per_batch);
    }
    model.set_elites(exec, samples, elites);
    CHECK(Likelihood{}(exec, model, elites, update, state, std::span<float>(gradient), 5) == 5);
  }
  return {model.parameters().begin(), model.parameters().end()};
}

/// Largest difference, relative to the largest parameter.
double difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0, error = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(a[i])));
    error = std::max(error, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return error / largest;
}

template <class Update>
void check(const Update& update, Index per_batch, Index batches) {
  CAPTURE(per_batch);
  CAPTURE(batches);
  const auto together = fitted(update, per_batch, batches, 1),
             apart = fitted(Apart<Update>{update}, per_batch, batches, 1);
  CHECK(difference(together, test::random_arm<ThreeJoints>(3)) > 1e-3);
  CHECK(difference(together, apart) < 1e-6);
  for (const int threads : {2, 3}) CHECK(test::same_bits(together, fitted(update, per_batch, batches, threads)));
}

}  // namespace

TEST_CASE(
    "steps that go with the gradient over the weights are those of gradient and step, for any number of threads") {
  for (const Index per_batch : {1, 4, 33})
    for (const Index batches : {1, 2}) {
      check(Adam{.rate = 1e-2}, per_batch, batches);
      check(test::PlainAscent{.rate = 1e-2}, per_batch, batches);
    }
}
