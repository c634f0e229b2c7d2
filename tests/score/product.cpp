// SPDX-License-Identifier: Apache-2.0
#include "mace/score/product.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "support/machine.hpp"

using namespace mace;

namespace {

/// One outcome at a time.
struct Plain {
  using Outcome = float;
  float operator()(const float& x) const { return -x; }
};

/// All at once.
struct Batch {
  using Outcome = Vec<2>;
  float factor = 1;
  void log_scores(Cpu&, std::span<const Outcome> outcomes, std::span<float> log_scores) const {
    for (std::size_t i = 0; i < outcomes.size(); ++i) log_scores[i] = -factor * (outcomes[i][0] + outcomes[i][1]);
  }
};

template <class Score>
std::vector<float> scores_of(Cpu& exec, Score& score, const std::vector<typename Score::Outcome>& outcomes) {
  std::vector<float> scores(outcomes.size(), 7.0f);
  score_outcomes(exec, score, std::span<const typename Score::Outcome>(outcomes), std::span(scores));
  return scores;
}

}  // namespace

TEST_CASE("log scores add, in any nest, each by its weight") {
  using Nested = Pair<float, Pair<Vec<2>, float>>;
  std::vector<Nested> outcomes;
  for (int i = 0; i < 50; ++i)
    outcomes.push_back({static_cast<float>(i), {{100.0f * static_cast<float>(i), 1}, static_cast<float>(i % 3)}});
  for (const int threads : {1, 2}) {
    Cpu exec({.threads = threads});
    Product plain(Plain{}, Product(Batch{}, Plain{}));
    static_assert(BatchScore<decltype(plain), Cpu>);
    Product weighted(Plain{}, Product(Batch{2}, Plain{}, {.first = 0.5f, .second = 4}), {.first = 3, .second = 0.25f});
    for (const std::size_t count : {50u, 10u, 50u}) {  // memory is kept, and may be larger than a round
      const std::vector<Nested> some(outcomes.begin(), outcomes.begin() + static_cast<long>(count));
      const auto sums = scores_of(exec, plain, some), sums_by_weight = scores_of(exec, weighted, some);
      for (std::size_t i = 0; i < count; ++i) {
        const float a = -some[i].first, b = -(some[i].second.first[0] + 1), c = -some[i].second.second;
        CHECK(sums[i] == a + (b + c));
        CHECK(sums_by_weight[i] == doctest::Approx(3 * a + 0.25f * (b + 4 * c)));
      }
    }
  }
}

TEST_CASE("what is infeasible by one score is infeasible, and NaN stays NaN") {
  Cpu exec({});
  Product product(Plain{}, Batch{});
  const auto scores = scores_of(exec, product,
                                {{numeric::infinity, {1, 2}},
                                 {1, {numeric::infinity, 2}},
                                 {numeric::infinity, {numeric::infinity, 2}},
                                 {numeric::not_a_number, {1, 2}},
                                 {1, {2, numeric::not_a_number}}});
  for (int i = 0; i < 3; ++i) CHECK(scores[static_cast<std::size_t>(i)] == -numeric::infinity);
  CHECK(std::isnan(scores[3]));
  CHECK(std::isnan(scores[4]));
}

TEST_CASE("a product with itself is the square, and a weight of 2 is, too") {
  Cpu exec({});
  Product twice(Plain{}, Plain{}), weighted(Plain{}, Plain{}, {.first = 1.5f, .second = 0.5f});
  const std::vector<Pair<float, float>> outcomes{{1, 1}, {0.25f, 0.25f}};
  CHECK(test::same_bits(scores_of(exec, twice, outcomes), scores_of(exec, weighted, outcomes)));
}

TEST_CASE("Product refuses bad weights") {
  CHECK_THROWS_WITH_AS(Product(Plain{}, Batch{}, {.first = 0}), "Product: wanted weights above 0, got 0", Error);
  CHECK_THROWS_WITH_AS(Product(Plain{}, Batch{}, {.second = -1}), "Product: wanted weights above 0, got -1", Error);
  CHECK_THROWS_AS(Product(Plain{}, Batch{}, {.second = numeric::not_a_number}), Error);
}
