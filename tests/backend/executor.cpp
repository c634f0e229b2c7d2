// SPDX-License-Identifier: Apache-2.0
// The executor's memory, loops, random numbers and selection.
#include "mace/backend/cpu/executor.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <thread>
#include <vector>

#include "support/machine.hpp"

using namespace mace;
using test::same_bits;

namespace {

constexpr float infinity = numeric::infinity;

struct Selected {
  std::vector<std::int32_t> indices;
  std::vector<float> weights;
  std::int32_t found;
};

Selected top_k(const std::vector<float>& keys, std::size_t count, std::int32_t first = 0) {
  const Cpu exec({});
  Selected s{std::vector<std::int32_t>(count, -7), std::vector<float>(count, -7.0f), 0};
  std::vector<std::int32_t> workspace(keys.size());
  exec.top_k(keys, first, workspace, s.indices, s.weights, &s.found);
  return s;
}

}  // namespace

TEST_CASE("top_k takes the largest, first the largest, ties by lower index") {
  struct Row {
    std::vector<float> keys;
    std::vector<std::int32_t> indices;
    std::int32_t found;
  };
  const Row rows[] = {
      {{1, 3, 2}, {1, 2}, 2},
      {{2, 5, 5, 1, 5}, {1, 2, 4}, 3},
      {{0, 0, 0, 0}, {0, 1}, 2},
      {{-infinity, 4, -infinity, 3}, {1, 3, 0}, 2},  // a place without a sample repeats the first
      {{-infinity, -infinity}, {0, 0}, 0},
      {{numeric::not_a_number, 1, 2}, {2, 1, 0}, 2},
      {{-1e30f, -infinity}, {0}, 1},
  };
  for (const Row& row : rows) {
    CAPTURE(&row - rows);
    const Selected s = top_k(row.keys, row.indices.size());
    CHECK(s.found == row.found);
    CHECK(s.indices == row.indices);
    for (std::size_t i = 0; i < s.weights.size(); ++i)
      CHECK(s.weights[i] == (static_cast<std::int32_t>(i) < row.found ? 1.0f / static_cast<float>(row.found) : 0.0f));
  }
  CHECK(top_k({1, 3, 2}, 2, 10).indices == std::vector<std::int32_t>{11, 12});
}

TEST_CASE("top_k agrees with a stable sort") {
  Random random({1, Stream::evaluation, 0}, 0);
  for (const std::size_t n : {1u, 2u, 17u, 256u, 1000u})
    for (const std::size_t k : {std::size_t{1}, (n + 1) / 2, n}) {
      CAPTURE(n);
      CAPTURE(k);
      std::vector<float> keys(n);
      for (float& key : keys) key = std::floor(20.0f * random.uniform());  // many ties
      std::vector<std::int32_t> order(n);
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
        return keys[static_cast<std::size_t>(a)] > keys[static_cast<std::size_t>(b)];
      });
      order.resize(k);
      CHECK(top_k(keys, k).indices == order);
    }
}

TEST_CASE("summarize gives the mean score, the best log score and the NaNs") {
  const auto summary = [](const std::vector<float>& log_scores) {
    ScoreSummary out;
    Cpu({}).summarize(log_scores, &out);
    return out;
  };
  const ScoreSummary some = summary({0.0f, -infinity, -1.0f, -2.0f});
  CHECK(some.mean_score == doctest::Approx((1 + std::exp(-1.0) + std::exp(-2.0)) / 4));
  CHECK(some.best_log_score == 0.0f);
  CHECK(some.nans == 0);
  const ScoreSummary none = summary({-infinity, -infinity});
  CHECK(none.mean_score == 0.0f);
  CHECK(none.best_log_score == -infinity);
  const ScoreSummary bad = summary({numeric::not_a_number, -3.0f, numeric::not_a_number});
  CHECK(bad.nans == 2);
  CHECK(bad.best_log_score == -3.0f);
}

TEST_CASE("fill_normal names each entry by lane and sample, whatever the number of threads") {
  const RandomKey key{5, Stream::draw, 2};
  for (const Index rows : {1, 3, 4, 7}) {
    CAPTURE(rows);
    for (const Isa isa : test::available_isas()) {
      CAPTURE(isa);
      Cpu one({.isa = isa}), three({.threads = 3, .isa = isa});
      const auto a = one.allocate<float>(rows * 2501), b = three.allocate<float>(rows * 2501);
      one.fill_normal(a.matrix(rows, 2501), key);
      three.fill_normal(b.matrix(rows, 2501), key);
      CHECK(same_bits(a.span(), b.span()));
      bool close = true;
      for (std::uint32_t sample = 0; sample < 2501; ++sample)
        for (Index r = 0; r < rows; ++r) {
          const Vec<4> four = normals(key, sample, static_cast<std::uint32_t>(r / 4));
          close = close && std::abs(a.matrix(rows, 2501)(r, sample) - four[static_cast<int>(r % 4)]) <= 1e-6f;
        }
      CHECK(close);
    }
  }
}

TEST_CASE("loops call each index once") {
  for (const int threads : {1, 2, 3})
    for (const Index count : {0, 1, 5, 47, 1000, 100'000}) {
      CAPTURE(threads);
      CAPTURE(count);
      Cpu exec({.threads = threads});
      std::vector<int> samples(static_cast<std::size_t>(count)), elements = samples;
      exec.for_each_sample(count, [&](Index i) { ++samples[static_cast<std::size_t>(i)]; });
      exec.for_each_element(count, [e = elements.data()](Index i) { ++e[i]; });
      CHECK(std::count(samples.begin(), samples.end(), 1) == count);
      CHECK(std::count(elements.begin(), elements.end(), 1) == count);
    }
}

TEST_CASE("upload, copy, fill and gather move values, and copy refuses unequal lengths") {
  Cpu exec({.threads = 2});
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  const auto there = exec.upload(std::span<const float>(values));
  CHECK(same_bits(there.span(), values));
  CHECK(exec.upload(std::span<const float>()).size() == 0);
  const auto of_vector = exec.upload(values), of_buffer = exec.upload(of_vector.span());
  CHECK(same_bits(of_vector.span(), values));
  CHECK(same_bits(of_buffer.span(), values));
  const std::int32_t numbers[] = {4, 5};
  const Buffer<std::int32_t> of_array = exec.upload(numbers);
  CHECK(same_bits(of_array.span(), std::vector<std::int32_t>{4, 5}));

  const auto out = exec.allocate<float>(6);
  exec.copy(std::span<const float>(values), out.span());
  CHECK(same_bits(out.span(), values));
  CHECK_THROWS_WITH_AS(exec.copy(std::span<const float>(values), out.span().first(4)), "copy: wanted 4 values, got 6",
                       Error);

  const std::vector<std::int32_t> indices{2, 0, 2};
  exec.gather<float>(there.matrix(2, 3), indices, out.matrix(2, 3));
  CHECK(same_bits(out.span(), std::vector<float>{5, 6, 1, 2, 5, 6}));
  exec.fill(out.span(), 7.0f);
  CHECK(same_bits(out.span(), std::vector<float>(6, 7.0f)));
}

TEST_CASE("an executor keeps its options and refuses bad ones") {
  const Cpu exec = mace::cpu({.seed = 9, .threads = 2, .isa = Isa::portable});
  CHECK(exec.seed() == 9);
  CHECK(exec.threads() == 2);
  CHECK(exec.isa() == Isa::portable);
  CHECK_THROWS_WITH_AS(Cpu({.threads = 0}), "ThreadPool: wanted 1 to 1024 threads, got 0", Error);
  if (best_isa() < Isa::avx512) CHECK_THROWS_AS(Cpu({.isa = Isa::avx512}), Error);
}

TEST_CASE("more threads than there are processors are not started, but for a few") {
  const int most = std::max(8, static_cast<int>(std::thread::hardware_concurrency()));
  CHECK(Cpu({.threads = most}).threads() == most);
  CHECK(Cpu({.threads = most + 1}).threads() == most);
  CHECK(Cpu({.threads = 100'000}).threads() == most);
}

TEST_CASE("chains are short, of whole tiles, and about as many for every worker") {
  for (const int threads : {1, 2, 3}) {
    Cpu exec({.threads = threads});
    for (const Index samples : {0, 1, 11, 64, 192, 193, 4096, 100'000}) {
      CAPTURE(samples);
      const Index length = exec.chain_length(samples);
      CHECK(length > 0);
      CHECK(length <= Cpu::max_chain);
      CHECK(length % 12 == 0);
      const Index chains = (samples + length - 1) / length;
      if (samples >= 12 * threads * threads) CHECK((chains + threads - 1) / threads * threads - chains <= 1);
    }
    CHECK(exec.chain_length(24 * threads) == 24);
  }
}

TEST_CASE("side by side, every task runs once, with a worker of its own, and may call primitives") {
  Cpu exec({.threads = 3});
  CHECK(exec.workers() == 3);
  std::vector<std::vector<Index>> done(3);
  for (auto& tasks : done) tasks.reserve(40);
  std::vector<float> values(40 * 100);
  exec.side_by_side(40, [&](Index task, Index worker) {
    done[static_cast<std::size_t>(worker)].push_back(task);  // not locked: no two tasks may share a worker
    float* const own = values.data() + 100 * task;
    exec.for_each_element(100, [=](Index i) { own[i] = static_cast<float>(task); });
  });
  std::vector<Index> all;
  for (const auto& tasks : done) all.insert(all.end(), tasks.begin(), tasks.end());
  std::sort(all.begin(), all.end());
  CHECK(all.size() == 40);
  for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i] == static_cast<Index>(i));
  for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == static_cast<float>(i / 100));
}
