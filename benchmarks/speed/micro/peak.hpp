// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "mace/backend/cpu/isa.hpp"
#include "mace/core/view.hpp"

/// What a core could do at the most, measured by the program that compares with it.
namespace mace::benchmarks {

/// Multiply-adds of registers, as many at a time as hide an instruction's latency.
struct MultiplyAdds {
  static constexpr int chains = 12;

  template <int Bytes>
  MACE_INLINE void run(Index count, float* out) const {
    chain<Bytes>(count, out, std::make_integer_sequence<int, chains>());
  }

 private:
  template <int Bytes, int... I>
  MACE_INLINE static void chain(Index count, float* out, std::integer_sequence<int, I...>) {
    using Vector = typename Simd<float, Bytes>::type;
    Vector sum[chains] = {(Vector{} + static_cast<float>(I))...}, by = Vector{} + 0.999f, add = Vector{} + 0.001f;
    for (Index i = 0; i < count; ++i) ((sum[I] = sum[I] * by + add), ...);
    Vector all = {};
    ((all += sum[I]), ...);
    *out = all[0];
  }
};

/// Seconds that f takes, the least of some tries of `calls`, by the processor's time, as Google Benchmark's rates are:
/// on a busy machine the clock's would be too long.
template <class F>
double least_seconds(Index calls, const F& f) {
  double least = 1e9;
  for (int attempt = 0; attempt < 20; ++attempt) {
    const std::clock_t start = std::clock();
    for (Index i = 0; i < calls; ++i) f();
    least = std::min(least, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / static_cast<double>(calls));
  }
  return least;
}

/// Operations of single precision a second of one core with the instructions of `isa`, a multiply-add being two.
inline double peak(Isa isa) {
  const Index count = 2'000'000;
  const int lanes = isa == Isa::avx512 ? 16 : isa == Isa::avx2 ? 8 : 4;
  const double seconds = least_seconds(1, [&] {
    float out;
    dispatch(isa, MultiplyAdds{}, count, &out);
    benchmark::DoNotOptimize(out);
  });
  return 2.0 * MultiplyAdds::chains * lanes * static_cast<double>(count) / seconds;
}

/// Adds the rate of `operations` an iteration, and its share of what one core could do with the instructions of `isa`;
/// not of the portable ones, whose peak comes out at one of two figures, a process at a time.
inline void count_operations(benchmark::State& state, double operations, Isa isa) {
  const auto rate = benchmark::Counter::kIsIterationInvariantRate;
  state.counters["GFLOP/s"] = benchmark::Counter(operations / 1e9, rate);
  if (isa == Isa::portable) return;
  static const double peaks[] = {0, best_isa() >= Isa::avx2 ? peak(Isa::avx2) : 0,
                                 best_isa() >= Isa::avx512 ? peak(Isa::avx512) : 0};
  state.counters["of_peak"] = benchmark::Counter(operations / peaks[static_cast<int>(isa)], rate);
}

}  // namespace mace::benchmarks
