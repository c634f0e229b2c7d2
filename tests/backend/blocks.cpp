// SPDX-License-Identifier: Apache-2.0
// The bodies of the executor's kernels for a device, run by threads of the host.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/backend/ranks.hpp"
#include "mace/backend/row_sum_block.hpp"
#include "mace/backend/summary_block.hpp"
#include "support/host_block.hpp"

using namespace mace;
using test::run_blocks;

namespace {

/// Block b adds up values of its own.
struct SumBlocks {
  const std::vector<double>* values;  ///< [threads]
  double* sums;
  static std::size_t shared_bytes() { return 8 * sizeof(double); }

  template <ThreadBlock Block>
  void operator()(Block& block, Index b, void* shared) const {
    auto* const place = static_cast<double*>(shared);
    place[block.thread()] = (*values)[static_cast<std::size_t>(block.thread())] + static_cast<double>(b);
    combine_block(block, place, [](double x, double y) { return x + y; });
    if (block.thread() == 0) sums[b] = place[0];
  }
};

}  // namespace

TEST_CASE("a block combines its threads' values, whatever their number") {
  for (const int threads : {1, 2, 8}) {
    CAPTURE(threads);
    std::vector<double> values(static_cast<std::size_t>(threads)), sums(3);
    std::iota(values.begin(), values.end(), 1.0);
    run_blocks(threads, 3, SumBlocks{&values, sums.data()});
    for (std::size_t b = 0; b < 3; ++b)
      CHECK(sums[b] == threads * (threads + 1) / 2 + threads * static_cast<double>(b));
  }
}

TEST_CASE("a block a row adds up a matrix") {
  for (const Index cols : {1, 7, 100}) {
    CAPTURE(cols);
    std::vector<double> matrix(static_cast<std::size_t>(3 * cols)), sums(3), wanted(3);
    for (std::size_t i = 0; i < matrix.size(); ++i) wanted[i % 3] += matrix[i] = static_cast<double>(i * i);
    run_blocks(8, 3, detail::RowSumBlocks<double>{{matrix.data(), 3, cols}, sums.data()});
    CHECK(sums == wanted);
  }
}

TEST_CASE("a block's summary of scores is the host's") {
  Random random({71, Stream::evaluation, 0}, 0);
  for (const std::size_t count : {1u, 5u, 64u, 1000u}) {
    CAPTURE(count);
    std::vector<float> log_scores(count);
    for (float& s : log_scores) s = random.uniform() < 0.1f ? -numeric::infinity : -20 * random.uniform();
    if (count == 64) log_scores[7] = log_scores[60] = numeric::not_a_number;
    ScoreSummary wanted, got;
    Cpu({}).summarize(log_scores, &wanted);
    run_blocks(8, 1, detail::SummaryBlock{log_scores.data(), static_cast<Index>(count), &got});
    CHECK(got.nans == wanted.nans);
    CHECK(got.best_log_score == wanted.best_log_score);
    if (count != 64) CHECK(got.mean_score == doctest::Approx(static_cast<double>(wanted.mean_score)).epsilon(1e-6));
  }
}

TEST_CASE("ranks choose what top_k chooses") {
  Random random({72, Stream::evaluation, 0}, 0);
  Cpu exec({});
  for (const Index n : {1, 2, 31, 256, 1000})
    for (const Index k : {Index{1}, (n + 1) / 2, n}) {
      CAPTURE(n);
      CAPTURE(k);
      std::vector<float> keys(static_cast<std::size_t>(n));
      for (float& key : keys) key = random.uniform() < 0.3f ? -numeric::infinity : std::floor(9 * random.uniform());
      if (n > 30) keys[3] = numeric::not_a_number;
      const auto places = static_cast<std::size_t>(k);
      std::vector<std::int32_t> order(keys.size()), wanted(places), got(places, -7);
      std::vector<float> wanted_weights(places), weights(places, -7);
      std::int32_t wanted_found = 2, found = 2, feasible = 0;
      exec.top_k(keys, 10, order, wanted, wanted_weights, &wanted_found);
      const detail::RankKeys rank{keys.data(), n, 10, k, got.data(), &feasible};
      for (Index i = 0; i < n; ++i) rank(i);
      const detail::WeighPlaces weigh{&feasible, k, 10, got.data(), weights.data(), &found};
      for (Index i = 0; i < k; ++i) weigh(i);
      CHECK(got == wanted);
      CHECK(weights == wanted_weights);
      CHECK(found == wanted_found);
    }
}
