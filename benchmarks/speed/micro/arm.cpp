// SPDX-License-Identifier: Apache-2.0
// The time that the arm's simulator takes for one configuration: the Panda, uniform within its limits, in the paper's
// scene of an open box, on one thread: kinematics and signed distance. Then Bullet and FCL on the very same capsules,
// boxes, ground and pairs: their worlds' checks, which only tell whether something touches and pass over what a broad
// phase can. 4096 configurations an iteration; `ns_a_pair` counts all pairs, those passed over too; `free` is the share
// found free; `of_issue` is the rate of the formula's vector operations, each counted for itself though the compiler
// makes one of a product and a sum, as a share of the rate at which a core begins multiply-adds.
#include <benchmark/benchmark.h>

#include <span>
#include <vector>

#include "capsule_worlds.hpp"
#include "counted.hpp"
#include "mace/cpu.hpp"
#include "mace/robot/named_scenes.hpp"
#include "mace/robot/panda_arm.hpp"
#include "peak.hpp"

namespace {

using namespace mace;

constexpr int configuration_count = 4096;

/// Uniform within the limits, or around one configuration, as elites are.
std::vector<Vec<7>> configurations(float spread) {
  const auto chain = panda_chain();
  const Vec<7> ready{0, -0.7f, 0, -2.2f, 0, 1.6f, 0.8f};
  std::vector<Vec<7>> q(configuration_count);
  for (std::uint32_t i = 0; i < configuration_count; ++i) {
    Random random({1, Stream::evaluation, 0}, i);
    for (int j = 0; j < 7; ++j)
      q[i][j] =
          spread > 0 ? ready[j] + spread * random.normal() : random.uniform(chain.joint[j].lower, chain.joint[j].upper);
  }
  return q;
}

/// Adds the rates, and the share of configurations that were found free.
void count(benchmark::State& state, Index free) {
  const Scene scene = named_scene("box");
  const double pairs = benchmarks::CapsuleArm<7>(panda_arm(), scene).pairs(scene);
  state.SetItemsProcessed(state.iterations() * configuration_count);
  state.counters["pairs"] = pairs;
  state.counters["free"] = static_cast<double>(free) / configuration_count;
  state.counters["ns_a_pair"] = benchmark::Counter(
      1e-9 * pairs * configuration_count, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

template <class Simulate>
void time(benchmark::State& state, const std::vector<Vec<7>>& q, const Simulate& simulate) {
  std::vector<ArmOutcome<float>> outcomes(q.size());
  for (auto _ : state) {
    simulate(std::span<const Vec<7>>(q), std::span(outcomes));
    benchmark::DoNotOptimize(outcomes.data());
  }
  Index free = 0;
  for (const auto& outcome : outcomes) free += outcome.clearance > 0 ? 1 : 0;
  count(state, free);
}

/// Vector operations that the formula takes for all of q, as many configurations at a time as a vector has lanes.
template <int Width>
double operations(const ArmFormula<7>& formula, const std::vector<Vec<7>>& q) {
  using Real = benchmarks::Counted<Width>;
  Real::operations = 0;
  for (std::size_t first = 0; first < q.size(); first += Width) {
    Vec<7, Real> group;
    for (int j = 0; j < 7; ++j)
      for (int i = 0; i < Width; ++i) group[j].lane[i] = q[first + static_cast<std::size_t>(i)][j];
    benchmark::DoNotOptimize(formula.outcome(group));
  }
  return Real::operations;
}

void run(benchmark::State& state, Isa isa, float spread) {
  if (isa > best_isa()) return state.SkipWithError("this machine has no such instructions");
  Cpu exec({.isa = isa});
  const Arm<7> arm(exec, panda_arm(), named_scene("box"));
  const std::vector<Vec<7>> q = configurations(spread);
  time(state, q, [&](auto samples, auto outcomes) { arm.simulate(exec, samples, outcomes); });
  if (isa == Isa::portable) return;
  const int width = isa == Isa::avx512 ? 16 : 8;
  const double asked = width == 16 ? operations<16>(arm.formula(), q) : operations<8>(arm.formula(), q);
  // The peak counts two operations a lane of a multiply-add.
  const double most = benchmarks::peak(isa) / (2 * width);
  state.counters["of_issue"] = benchmark::Counter(asked / most, benchmark::Counter::kIsIterationInvariantRate);
}

void one_at_a_time(benchmark::State& state) {
  Cpu exec({});
  const Arm<7> arm(exec, panda_arm(), named_scene("box"));
  time(state, configurations(0), [&](auto q, auto outcomes) {
    for (std::size_t i = 0; i < q.size(); ++i) outcomes[i] = arm.formula()(q[i]);
  });
}

#if defined(MACE_BENCHMARKS_BULLET) || defined(MACE_BENCHMARKS_FCL)
template <class World>
void world(benchmark::State& state) {
  World world(panda_arm(), named_scene("box"));
  const std::vector<Vec<7>> q = configurations(0);
  Index free = 0;
  for (auto _ : state) {
    free = 0;
    for (const Vec<7>& at : q) free += world.is_free(at) ? 1 : 0;
  }
  count(state, free);
}
#endif

BENCHMARK(one_at_a_time);
BENCHMARK_CAPTURE(run, portable, Isa::portable, 0.0f);
BENCHMARK_CAPTURE(run, avx2, Isa::avx2, 0.0f);
BENCHMARK_CAPTURE(run, avx512, Isa::avx512, 0.0f);
BENCHMARK_CAPTURE(run, avx512_narrow, Isa::avx512, 0.2f);
#ifdef MACE_BENCHMARKS_BULLET
BENCHMARK(world<benchmarks::BulletWorld<7>>)->Name("bullet");
#endif
#ifdef MACE_BENCHMARKS_FCL
BENCHMARK(world<benchmarks::FclWorld<7>>)->Name("fcl");
#endif

}  // namespace
