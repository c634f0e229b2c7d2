// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "mace/backend/cpu/dense.hpp"
#include "mace/backend/cpu/isa.hpp"
#include "mace/backend/cpu/thread_pool.hpp"
#include "mace/core/activation.hpp"
#include "mace/core/half.hpp"
#include "mace/core/view.hpp"

/// Dense layers whose weights and inputs are rounded to bfloat16 (eight bits of mantissa) and whose sums are in single
/// precision. AVX-512 BF16 then does twice as many multiply-adds per instruction. For frozen networks.
namespace mace::bf16 {

/// Returns whether this machine supports AVX-512 BF16.
inline bool available() {
#if defined(__x86_64__)
  static const bool there = best_isa() == Isa::avx512 && __builtin_cpu_supports("avx512bf16");
  return there;
#else
  return false;
#endif
}

/// Rounds two numbers that are adjacent in depth and packs them into a word, the first into the lower half.
inline std::uint32_t pair(float first, float second) {
  return float_to_bfloat16(first) | static_cast<std::uint32_t>(float_to_bfloat16(second)) << 16;
}

inline constexpr Index panel = 32;  ///< neurons per panel: two registers, as in dense.hpp

/// Number of pairs that hold `depth` inputs.
inline Index pairs(Index depth) {
  return (depth + 1) / 2;
}
/// Number of panels that hold `outputs` neurons.
inline Index panels(Index outputs) {
  return (outputs + panel - 1) / panel;
}
/// Number of words of the packed weights.
inline Index packed_size(MatrixView<const float> weights) {
  return panels(weights.cols()) * panel * pairs(weights.rows());
}

/// Packs weights [inputs, outputs] into panels [panel][pair of inputs][32 neurons], padded with zeros.
inline void pack(MatrixView<const float> weights, std::uint32_t* to) {
  const auto at = [&](Index k, Index neuron) {
    return k < weights.rows() && neuron < weights.cols() ? weights(k, neuron) : 0.0f;
  };
  for (Index p = 0; p < panels(weights.cols()); ++p)
    for (Index k = 0; k < pairs(weights.rows()); ++k)
      for (Index r = 0; r < panel; ++r) *to++ = pair(at(2 * k, p * panel + r), at(2 * k + 1, p * panel + r));
}

/// The dense layer y = activate(weights^T x + bias) with x [inputs, samples] and y [outputs, samples].
struct LayerProduct {
  const std::uint32_t* weights;  ///< as packed by pack()
  const float* x;
  Index inputs, outputs;
  const float* bias;
  float slope;  ///< negative slope of the activation
  float* y;
};

#if defined(__x86_64__)
// Inline assembly, since the builtins of GCC and clang differ, and clang's require the enclosing functions to be
// compiled for the instruction set.
#define MACE_BF16_INLINE [[MACE_AVX512, gnu::always_inline]] inline

namespace detail {

using Vector = Simd<float, 64>::type;
using Memory = Simd<float, 64>::unaligned;

/// Rounds 32 numbers to 16 pairs.
MACE_BF16_INLINE void round(const float* x, std::uint32_t* to) {
  const Vector low = *reinterpret_cast<const Memory*>(x), high = *reinterpret_cast<const Memory*>(x + 16);
  Vector both;
  asm("vcvtne2ps2bf16 %1, %2, %0" : "=v"(both) : "v"(low), "v"(high));
  *reinterpret_cast<Memory*>(to) = both;
}

/// The sums of 32 neurons for one sample.
struct Sums {
  Vector low, high;

  MACE_BF16_INLINE void add(const Vector& a, const Vector& b, const std::uint32_t* x) {
    const Vector all = (Vector)(Simd<std::uint32_t, 64>::type{} + *x);
    asm("vdpbf16ps %2, %1, %0" : "+v"(low) : "v"(a), "v"(all));
    asm("vdpbf16ps %2, %1, %0" : "+v"(high) : "v"(b), "v"(all));
  }
  MACE_BF16_INLINE void store(const LayerProduct& p, Index row, Index column) const {
    float* const y = p.y + column * p.outputs + row;
    if (row + panel <= p.outputs) {
      finish(low, p.bias + row, p.slope, y);
      finish(high, p.bias + row + 16, p.slope, y + 16);
      return;
    }
    float sums[panel];
    *reinterpret_cast<Memory*>(sums) = low;
    *reinterpret_cast<Memory*>(sums + 16) = high;
    for (Index r = 0; r < p.outputs - row; ++r) y[r] = activate(sums[r] + p.bias[row + r], p.slope);
  }

 private:
  MACE_BF16_INLINE static void finish(const Vector& sum, const float* bias, float slope, float* y) {
    const Vector value = sum + *reinterpret_cast<const Memory*>(bias);
    *reinterpret_cast<Memory*>(y) = value > 0.0f ? value : slope * value;
  }
};

/// Evaluates one panel of neurons for sizeof...(J) samples; `x` is rounded.
template <int... J>
MACE_BF16_INLINE void tile(const LayerProduct& p, const std::uint32_t* x, Index at, Index column,
                           std::integer_sequence<int, J...>) {
  const Index depth = pairs(p.inputs);
  const std::uint32_t* weights = p.weights + at * panel * depth;
  x += column * depth;
  Sums sums[sizeof...(J)] = {};
  for (Index k = 0; k < depth; ++k, weights += panel) {
    const Vector a = *reinterpret_cast<const Memory*>(weights), b = *reinterpret_cast<const Memory*>(weights + 16);
    (sums[J].add(a, b, x + J * depth + k), ...);
  }
  (sums[J].store(p, at * panel, column + J), ...);
}

}  // namespace detail

/// Rounds the inputs of `samples` samples to pairs, [pairs of inputs, samples].
[[MACE_AVX512]] inline void round(const float* x, Index inputs, Index samples, std::uint32_t* to) {
  for (Index j = 0; j < samples; ++j, x += inputs, to += pairs(inputs)) {
    Index k = 0;
    for (; k + 32 <= inputs; k += 32) detail::round(x + k, to + k / 2);
    for (; k < inputs; k += 2) to[k / 2] = pair(x[k], k + 1 < inputs ? x[k + 1] : 0.0f);
  }
}

/// Evaluates the neurons of the panels [first, last) for `samples` samples; `x` is rounded.
[[MACE_AVX512]] inline void multiply_panels(const LayerProduct& p, const std::uint32_t* x, Index first, Index last,
                                            Index samples) {
  for (Index i = first; i < last; ++i) {
    Index j = 0;
    for (; j + 12 <= samples; j += 12) detail::tile(p, x, i, j, std::make_integer_sequence<int, 12>());
    for (; j + 4 <= samples; j += 4) detail::tile(p, x, i, j, std::make_integer_sequence<int, 4>());
    for (; j < samples; ++j) detail::tile(p, x, i, j, std::make_integer_sequence<int, 1>());
  }
}
#else
inline void round(const float*, Index, Index, std::uint32_t*) {}
inline void multiply_panels(const LayerProduct&, const std::uint32_t*, Index, Index, Index) {}
#endif

/// Computes the layer for `samples` samples, on the pool if there is enough work.
inline void multiply(ThreadPool& pool, const LayerProduct& p, Index samples) {
  dense::share_out(pool, panels(p.outputs), samples, p.outputs * p.inputs * samples, [&](const dense::Share& s) {
    static thread_local std::vector<std::uint32_t> rounded;
    const auto size = static_cast<std::size_t>(pairs(p.inputs) * (s.last - s.first));
    if (rounded.size() < size) rounded.resize(size);
    std::uint32_t* const x = rounded.data();
    LayerProduct part = p;
    part.x += s.first * p.inputs;
    part.y += s.first * p.outputs;
    round(part.x, p.inputs, s.last - s.first, x);
    multiply_panels(part, x, s.first_panel, s.last_panel, s.last - s.first);
  });
}

}  // namespace mace::bf16
