// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "mace/backend/cpu/dense.hpp"
#include "mace/backend/cpu/isa.hpp"
#include "mace/backend/cpu/thread_pool.hpp"
#include "mace/core/view.hpp"

/// Dense layers whose weights and inputs are rounded to bfloat16 (eight bits of mantissa), summed in single precision:
/// twice the multiply-adds an instruction. For networks that do not change; AVX-512 BF16.
namespace mace::bf16 {

/// Whether this machine has the instructions.
inline bool available() {
#if defined(__x86_64__)
  static const bool there = best_isa() == Isa::avx512 && __builtin_cpu_supports("avx512bf16");
  return there;
#else
  return false;
#endif
}

/// Two numbers that follow each other in depth, rounded to nearest even; the first in the lower half.
inline std::uint32_t pair(float first, float second) {
  const auto rounded = [](float x) {
    const auto bits = std::bit_cast<std::uint32_t>(x);
    const bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
    return nan ? 0x7fc0u : (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  };
  return rounded(first) | rounded(second) << 16;
}

inline constexpr Index panel = 32;    ///< neurons of one panel: two registers
inline constexpr Index columns = 12;  ///< of one tile: with two registers of rows the sums fill the registers

inline Index pairs(Index depth) {
  return (depth + 1) / 2;
}
inline Index panels(Index outputs) {
  return (outputs + panel - 1) / panel;
}
inline Index packed_size(MatrixView<const float> weights) {
  return panels(weights.cols()) * panel * pairs(weights.rows());
}

/// Weights [inputs, outputs] in panels, [panel][pairs of inputs][32 neurons]; what lacks is zero.
inline void pack(MatrixView<const float> weights, std::uint32_t* to) {
  const auto at = [&](Index k, Index neuron) {
    return k < weights.rows() && neuron < weights.cols() ? weights(k, neuron) : 0.0f;
  };
  for (Index p = 0; p < panels(weights.cols()); ++p)
    for (Index k = 0; k < pairs(weights.rows()); ++k)
      for (Index r = 0; r < panel; ++r) *to++ = pair(at(2 * k, p * panel + r), at(2 * k + 1, p * panel + r));
}

/// The inputs of some samples as pairs, [pairs of inputs] a sample.
struct RoundKernel {
  template <int Bytes>
  MACE_INLINE void run(const float* x, Index inputs, Index samples, std::uint32_t* to) const {
    for (Index j = 0; j < samples; ++j, x += inputs, to += pairs(inputs)) {
      Index k = 0;
#if defined(__x86_64__)
      using Floats = typename Simd<float, Bytes>::type;
      using FloatMemory = typename Simd<float, Bytes>::unaligned;
      if constexpr (Bytes == 64)
        for (; k + 32 <= inputs; k += 32) {
          const Floats low = *reinterpret_cast<const FloatMemory*>(x + k);
          const Floats high = *reinterpret_cast<const FloatMemory*>(x + k + 16);
          Floats both;
          asm("vcvtne2ps2bf16 %1, %2, %0" : "=v"(both) : "v"(low), "v"(high));
          *reinterpret_cast<FloatMemory*>(to + k / 2) = both;
        }
#endif
      for (; k < inputs; k += 2) to[k / 2] = pair(x[k], k + 1 < inputs ? x[k + 1] : 0.0f);
    }
  }
};

/// y [outputs, samples] = activate(weights^T x + bias), x [inputs, samples].
struct Product {
  const std::uint32_t* weights;  ///< packed
  const float* x;
  Index inputs, outputs;
  const float* bias;
  float slope;  ///< of the activation, below zero
  float* y;
};

/// Neurons of the panels [first_panel, last_panel) of so many samples, which were rounded.
struct Kernel {
  template <int Bytes>
  MACE_INLINE void run(const Product* p, const std::uint32_t* x, Index first_panel, Index last_panel,
                       Index samples) const {
    if constexpr (Bytes == 64)
      for (Index i = first_panel; i < last_panel; ++i) {
        Index j = 0;
        for (; j + columns <= samples; j += columns) tile<columns>(*p, x, i, j, Sequence<columns>());
        for (; j + 4 <= samples; j += 4) tile<4>(*p, x, i, j, Sequence<4>());
        for (; j < samples; ++j) tile<1>(*p, x, i, j, Sequence<1>());
      }
  }

 private:
  template <int Columns>
  using Sequence = std::make_integer_sequence<int, Columns>;
  using Vector = Simd<float, 64>::type;
  using Memory = Simd<float, 64>::unaligned;

  MACE_INLINE static void add([[maybe_unused]] Vector& sum, [[maybe_unused]] const Vector& weights,
                              [[maybe_unused]] const Vector& x) {
#if defined(__x86_64__)
    asm("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(weights), "v"(x));
#endif
  }

  template <int Columns, int... J>
  MACE_INLINE static void tile(const Product& p, const std::uint32_t* x, Index at, Index column,
                               std::integer_sequence<int, J...>) {
    const Index depth = pairs(p.inputs);
    const std::uint32_t* weights = p.weights + at * panel * depth;
    x += column * depth;
    Vector low[Columns] = {}, high[Columns] = {};
    for (Index k = 0; k < depth; ++k, weights += panel) {
      const Vector a = *reinterpret_cast<const Memory*>(weights), b = *reinterpret_cast<const Memory*>(weights + 16);
      (multiply_add(low[J], high[J], a, b, x[J * depth + k]), ...);
    }
    float sums[panel];
    const Index rows = std::min(panel, p.outputs - at * panel);
    (store(p, low[J], high[J], sums, rows, at * panel, column + J), ...);
  }
  MACE_INLINE static void multiply_add(Vector& low, Vector& high, const Vector& a, const Vector& b, std::uint32_t x) {
    const Vector all = (Vector)(Simd<std::uint32_t, 64>::type{} + x);
    add(low, a, all);
    add(high, b, all);
  }
  MACE_INLINE static void store(const Product& p, const Vector& low, const Vector& high, float* sums, Index rows,
                                Index row, Index column) {
    float* const y = p.y + column * p.outputs + row;
    if (rows == panel) {
      finish(low, p.bias + row, p.slope, y);
      finish(high, p.bias + row + 16, p.slope, y + 16);
      return;
    }
    *reinterpret_cast<Memory*>(sums) = low;
    *reinterpret_cast<Memory*>(sums + 16) = high;
    for (Index r = 0; r < rows; ++r) {
      const float value = sums[r] + p.bias[row + r];
      y[r] = value > 0 ? value : p.slope * value;
    }
  }
  MACE_INLINE static void finish(const Vector& sum, const float* bias, float slope, float* y) {
    const Vector value = sum + *reinterpret_cast<const Memory*>(bias);
    *reinterpret_cast<Memory*>(y) = value > 0.0f ? value : slope * value;
  }
};

/// The product of so many samples, split over the pool when there is enough to do.
inline void multiply(ThreadPool& pool, const Product& p, Index samples) {
  dense::share_out(pool, panels(p.outputs), samples, p.outputs * p.inputs * samples, [&](const dense::Share& s) {
    static thread_local std::vector<std::uint32_t> rounded;
    const auto size = static_cast<std::size_t>(pairs(p.inputs) * (s.last - s.first));
    if (rounded.size() < size) rounded.resize(size);
    std::uint32_t* const x = rounded.data();
    Product part = p;
    part.x += s.first * p.inputs;
    part.y += s.first * p.outputs;
    dispatch(Isa::avx512, RoundKernel{}, part.x, p.inputs, s.last - s.first, x);
    dispatch(Isa::avx512, Kernel{}, static_cast<const Product*>(&part), static_cast<const std::uint32_t*>(x),
             s.first_panel, s.last_panel, s.last - s.first);
  });
}

}  // namespace mace::bf16
