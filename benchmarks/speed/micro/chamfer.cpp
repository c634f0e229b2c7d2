// SPDX-License-Identifier: Apache-2.0
// CD_K, both ways, of clouds of 2048 points against one fixed cloud of 1024, on one core: surfaces of boxes, as box
// completion compares them. Ours (Morton blocks, pruned, exact), our brute force, and nanoflann's k-d tree with all
// instructions of this machine; the fixed cloud is indexed once, each other on its way. `error`: the largest relative
// difference from brute force in double.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <type_traits>
#include <vector>

#include "mace/cloud/chamfer_cpu.hpp"
#include "mace/cpu.hpp"
#include "native/nanoflann_chamfer.hpp"
#include "peak.hpp"
#include "shapes/box.hpp"

namespace {

using namespace mace;

constexpr int fixed_points = 1024;

/// Boxes, and the one that they are compared with.
template <int Points = 2048>
struct Clouds {
  using Sample = PartialCloud<Points>;
  std::vector<Sample> samples;
  std::vector<float> fixed;

  explicit Clouds(Index count) : samples(static_cast<std::size_t>(count)), fixed(3 * fixed_points) {
    draw(0, fixed.data(), fixed_points);
    for (std::uint32_t i = 0; i < samples.size(); ++i) {
      draw(i + 1, samples[i].xyz, Points);
      samples[i].count = Points;
    }
  }

 private:
  static void draw(std::uint32_t index, float* xyz, Index count) {
    Random random({1, Stream::evaluation, 0}, index);
    const Box box = random_box(random);
    sample_box(box, random, xyz, count);
  }
};

template <int K, int Points>
double error(const Clouds<Points>& clouds, const std::vector<float>& sums) {
  const std::vector<double> fixed(clouds.fixed.begin(), clouds.fixed.end());
  double most = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(4, sums.size()); ++i) {
    const std::vector<double> sample(clouds.samples[i].xyz, clouds.samples[i].xyz + 3 * Points);
    const double exact = chamfer_sum(Neighbors<K>{}, sample.data(), Points, fixed.data(), fixed_points);
    most = std::max(most, std::abs(static_cast<double>(sums[i]) - exact) / exact);
  }
  return most;
}

template <int K, int Points = 2048>
void ours(benchmark::State& state, Isa isa, Neighbors<K> neighbors, std::integral_constant<int, Points> = {}) {
  if (isa > best_isa()) return state.SkipWithError("this machine has no such instructions");
  using Sample = typename Clouds<Points>::Sample;
  const Clouds<Points> clouds(state.range(0));
  Cpu exec({.isa = isa});
  const CloudIndex<HostSpace> index(exec, clouds.fixed);
  std::vector<float> sums(clouds.samples.size());
  for (auto _ : state)
    chamfer_sums(exec, neighbors, std::span<const Sample>(clouds.samples), index, Direction::both, sums);
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["error"] = error<K>(clouds, sums);
  // Three differences, three squares and two sums a pair, once for both ways: the least without pruning.
  const double pairs = static_cast<double>(state.range(0)) * Points * fixed_points;
  benchmarks::count_operations(state, 8 * pairs, isa);
}

void brute_force(benchmark::State& state) {
  const Clouds<> clouds(state.range(0));
  std::vector<float> sums(clouds.samples.size());
  for (auto _ : state)
    for (std::size_t i = 0; i < sums.size(); ++i)
      sums[i] = chamfer_sum(Neighbors<5>{}, clouds.samples[i].xyz, 2048, clouds.fixed.data(), fixed_points);
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["error"] = error<5>(clouds, sums);
}

void nanoflann(benchmark::State& state) {
  const Clouds<> clouds(state.range(0));
  const benchmarks::NanoflannCloud fixed(clouds.fixed.data(), fixed_points);
  std::vector<float> sums(clouds.samples.size());
  for (auto _ : state)
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = fixed.chamfer_sum(clouds.samples[i].xyz, 2048, 5);
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["error"] = error<5>(clouds, sums);
}

void settings(benchmark::internal::Benchmark* b) {
  b->ArgName("clouds")->Arg(256)->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(ours, avx512, Isa::avx512, Neighbors<5>{})->Apply(settings);
BENCHMARK_CAPTURE(ours, avx2, Isa::avx2, Neighbors<5>{})->Apply(settings);
BENCHMARK_CAPTURE(ours, portable, Isa::portable, Neighbors<5>{})->Apply(settings);
BENCHMARK(nanoflann)->Apply(settings);
BENCHMARK(brute_force)->ArgName("clouds")->Arg(16)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ours, k1, best_isa(), Neighbors<1>{})->Apply(settings);
BENCHMARK_CAPTURE(ours, k8, best_isa(), Neighbors<8>{})->Apply(settings);
BENCHMARK_CAPTURE(ours, k32, best_isa(), Neighbors<32>{})->Apply(settings);
BENCHMARK_CAPTURE(ours, points512, best_isa(), Neighbors<5>{}, std::integral_constant<int, 512>())->Apply(settings);
BENCHMARK_CAPTURE(ours, points1024, best_isa(), Neighbors<5>{}, std::integral_constant<int, 1024>())->Apply(settings);
BENCHMARK_CAPTURE(ours, points4096, best_isa(), Neighbors<5>{}, std::integral_constant<int, 4096>())->Apply(settings);

}  // namespace
