// SPDX-License-Identifier: Apache-2.0
// Normals of a round's latents and a step of Adam, on one thread, with each instruction set. Beside Adam, how fast the
// same five arrays come and go when nothing is computed of them: `of_streams` is the share of that, at its best.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <span>

#include "mace/backend/cpu/executor.hpp"
#include "mace/fit/adam.hpp"
#include "peak.hpp"

namespace {

using namespace mace;

constexpr Index dims = 128, samples = 256;

/// A round's latents of the paper's shape models.
void normals(benchmark::State& state, Isa isa) {
  if (isa > best_isa()) return state.SkipWithError("this machine has no such instructions");
  Cpu exec({.isa = isa});
  auto out = exec.allocate<float>(dims * samples);
  std::uint32_t round = 0;
  for (auto _ : state) exec.fill_normal(out.matrix(dims, samples), {1, Stream::draw, round++});
  state.SetItemsProcessed(state.iterations() * dims * samples);
}

/// Four numbers a parameter come and go, and a gradient comes; no more arithmetic than an addition each.
struct Streams {
  float *parameter, *first, *second, *residue;
  const float* gradient;
  void operator()(Index i) const {
    parameter[i] += gradient[i];
    first[i] += gradient[i];
    second[i] += gradient[i];
    residue[i] += gradient[i];
  }
};

void adam(benchmark::State& state, Isa isa) {
  if (isa > best_isa()) return state.SkipWithError("this machine has no such instructions");
  const Index count = state.range(0);
  Cpu exec({.isa = isa});
  const Adam optimizer;
  auto moments = optimizer.make_state(exec, count);
  auto parameters = exec.allocate<float>(count), gradient = exec.allocate<float>(count);
  std::fill_n(gradient.data(), count, 0.1f);
  for (auto _ : state) optimizer.ascend(exec, moments, parameters.span(), std::span<const float>(gradient.span()));
  const Streams streams{parameters.data(), moments.first.data(), moments.second.data(), moments.residue.data(),
                        gradient.data()};
  const double least =
      benchmarks::least_seconds((Index{1} << 22) / count, [&] { exec.for_each_element(count, streams); });
  state.SetItemsProcessed(state.iterations() * count);
  state.counters["of_streams"] = benchmark::Counter(least, benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK_CAPTURE(normals, avx512, Isa::avx512);
BENCHMARK_CAPTURE(normals, avx2, Isa::avx2);
BENCHMARK_CAPTURE(normals, portable, Isa::portable);
// A latent mean and deviation; in the cache; an arm's networks.
BENCHMARK_CAPTURE(adam, avx512, Isa::avx512)->ArgName("parameters")->Arg(256)->Arg(65536)->Arg(1 << 20);
BENCHMARK_CAPTURE(adam, avx2, Isa::avx2)->ArgName("parameters")->Arg(256)->Arg(65536)->Arg(1 << 20);
BENCHMARK_CAPTURE(adam, portable, Isa::portable)->ArgName("parameters")->Arg(256)->Arg(65536)->Arg(1 << 20);

}  // namespace
