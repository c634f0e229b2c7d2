// SPDX-License-Identifier: Apache-2.0
#include "mace/select/importance.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/core/vec.hpp"
#include "support/scores.hpp"

using namespace mace;
using test::infeasible;

namespace {

/// Log densities written down beforehand, with the parameter at 0 and at 1; a sample is its own place in the lists.
struct Written {
  using Sample = Vec<1>;
  std::vector<float> at_0, at_1;
  float theta = 0;
  std::span<float> parameters() { return {&theta, 1}; }
  void log_density(Cpu&, std::span<const Sample> samples, std::span<float> out) const {
    for (std::size_t i = 0; i < samples.size(); ++i)
      out[i] = (theta == 0 ? at_0 : at_1)[static_cast<std::size_t>(samples[i][0])];
  }
};

/// The elites of a round of as many samples as there are scores.
Elites<HostSpace> weighed(const std::vector<float>& prior, const std::vector<float>& now,
                          const std::vector<float>& log_scores, Index batches = 1) {
  Cpu exec({});
  const auto n = static_cast<Index>(log_scores.size());
  std::vector<Vec<1>> samples;
  for (Index i = 0; i < n; ++i) samples.push_back({static_cast<float>(i)});
  std::vector<std::int32_t> workspace(log_scores.size());
  Elites<HostSpace> elites(exec, n / batches, batches);
  Written model{prior, now};
  Importance select(exec, model);
  select.reserve(exec, n, n);
  model.theta = 1;
  select(exec, model, samples, log_scores, workspace, elites);
  CHECK(model.theta == 1);  // as it was
  return elites;
}

std::vector<double> weights(const Elites<HostSpace>& elites) {
  return {elites.weights.data(), elites.weights.data() + elites.weights.size()};
}

double weight(const Elites<HostSpace>& elites, Index i) {
  return static_cast<double>(elites.weights.data()[i]);
}

}  // namespace

static_assert(SampleSelector<Importance<Cpu, Written>, Cpu, Written>);
static_assert(!Selector<Importance<Cpu, Written>, Cpu>);

TEST_CASE("weights are the score times the prior over the model, and sum to one") {
  const auto log = [](double x) { return static_cast<float>(std::log(x)); };
  const Elites<HostSpace> elites =
      weighed({log(0.5), log(0.25), log(0.1), log(0.3)}, {log(0.25), log(0.5), log(2.0), log(0.3)},
              {log(0.1), log(0.8), log(1.0), infeasible});
  // 0.1 * 2, 0.8 / 2, 1 / 20, nothing
  const double sum = 0.2 + 0.4 + 0.05;
  CHECK(weight(elites, 0) == doctest::Approx(0.2 / sum));
  CHECK(weight(elites, 1) == doctest::Approx(0.4 / sum));
  CHECK(weight(elites, 2) == doctest::Approx(0.05 / sum));
  CHECK(weight(elites, 3) == 0);
  CHECK(elites.found.data()[0] == 3);
  for (Index i = 0; i < 4; ++i) CHECK(elites.indices.data()[i] == i);
}

TEST_CASE("each of two batches has weights of its own") {
  const Elites<HostSpace> elites = weighed({0, 0, 0, 0}, {0, 0, 0, 0}, {-1, -1, -500, infeasible}, 2);
  CHECK(weights(elites) == std::vector<double>{0.5, 0.5, 1, 0});
  CHECK(elites.found.data()[0] == 3);
}

TEST_CASE("scores and densities that underflow still tell samples apart") {
  Elites<HostSpace> elites = weighed({0, 0, 0}, {0, 0, 0}, {-10000, -10001, -20000});
  CHECK(weight(elites, 0) == doctest::Approx(1 / (1 + std::exp(-1.0))));
  CHECK(weight(elites, 1) == doctest::Approx(1 / (1 + std::exp(1.0))));
  CHECK(weight(elites, 2) == 0);
  CHECK(elites.found.data()[0] == 2);
  elites = weighed({-300, -700, -90}, {500, 100, 90}, {-1, -2, -9000});
  CHECK(weight(elites, 0) == doctest::Approx(1 / (1 + std::exp(-1.0))));
}

TEST_CASE("without a feasible sample there are no elites") {
  Elites<HostSpace> elites = weighed({0, 0}, {0, 0}, {infeasible, infeasible});
  CHECK(elites.found.data()[0] == 0);
  CHECK(weights(elites) == std::vector<double>{0, 0});
  elites = weighed({infeasible, infeasible}, {0, 0}, {-1, -2});  // what the prior never draws
  CHECK(elites.found.data()[0] == 0);
}

TEST_CASE("densities that make no sense make weights of NaN") {
  for (const Elites<HostSpace>& elites :
       {weighed({0, 0}, {0, infeasible}, {-1, -1}), weighed({0, numeric::not_a_number}, {0, 0}, {-1, -1}),
        weighed({0, 0}, {numeric::not_a_number, 0}, {-1, -1})})
    for (const double w : weights(elites)) CHECK(std::isnan(w));
}

TEST_CASE("importance sampling refuses to be asked for elites") {
  Cpu exec({});
  Written model;
  Importance select(exec, model);
  CHECK_THROWS_WITH_AS(select.reserve(exec, 8, 4),
                       "Importance: wanted a quantile of 1, as every sample has a weight, got 4 elites of 8 samples",
                       Error);
}
