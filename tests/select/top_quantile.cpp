// SPDX-License-Identifier: Apache-2.0
#include "mace/select/top_quantile.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "support/scores.hpp"

using namespace mace;
using test::infeasible;

static_assert(Selector<TopQuantile, Cpu>);

namespace {

struct Chosen {
  std::vector<std::int32_t> indices;
  std::vector<float> weights;
  std::int32_t found;
};

Chosen choose(const std::vector<float>& log_scores, Index per_batch, Index batches) {
  Cpu exec({});
  Elites<HostSpace> elites(exec, per_batch, batches);
  std::vector<std::int32_t> workspace(log_scores.size());
  TopQuantile{}(exec, log_scores, workspace, elites);
  const auto i = elites.indices.span();
  const auto w = elites.weights.span();
  return {{i.begin(), i.end()}, {w.begin(), w.end()}, elites.found.data()[0]};
}

}  // namespace

TEST_CASE("elite_count is floor(q N), as the quantile reads") {
  struct Row {
    Index samples;
    double quantile;
    Index elites;
  };
  for (const Row row :
       {Row{100, 0.29, 29}, Row{256, 1.0 / 16, 16}, Row{256, 0.0625, 16}, Row{10, 0.1, 1}, Row{9, 0.1, 0},
        Row{1000, 0.007, 7}, Row{100, 0.299, 29}, Row{3, 1.0 / 3, 1}, Row{64, 1.0, 64}, Row{7, 0.5, 3}}) {
    CAPTURE(row.samples);
    CAPTURE(row.quantile);
    CHECK(elite_count(row.samples, row.quantile) == row.elites);
  }
}

TEST_CASE("TopQuantile selects the best of each batch") {
  struct Row {
    const char* what;
    std::vector<float> log_scores;
    Index per_batch, batches;
    std::vector<std::int32_t> indices;
    std::vector<float> weights;
    std::int32_t found;
  };
  const Row rows[] = {
      {"one batch", {-3, -1, -2, -4}, 2, 1, {1, 2}, {0.5f, 0.5f}, 2},
      {"ties by lower index", {-1, -1, -1, -1}, 2, 1, {0, 1}, {0.5f, 0.5f}, 2},
      {"two batches, each with its own", {-3, -1, -2, -9, -8, -7}, 2, 2, {1, 2, 5, 4}, {0.5f, 0.5f, 0.5f, 0.5f}, 4},
      {"fewer than wanted", {infeasible, -5, infeasible, infeasible}, 2, 1, {1, 0}, {1.0f, 0.0f}, 1},
      {"one batch has none", {infeasible, infeasible, -2, -1}, 1, 2, {0, 3}, {0.0f, 1.0f}, 1},
      {"none at all", {infeasible, infeasible}, 1, 2, {0, 1}, {0.0f, 0.0f}, 0},
      {"all of them", {-2, -1}, 2, 1, {1, 0}, {0.5f, 0.5f}, 2},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const Chosen chosen = choose(row.log_scores, row.per_batch, row.batches);
    CHECK(chosen.indices == row.indices);
    CHECK(chosen.weights == row.weights);
    CHECK(chosen.found == row.found);
  }
}
