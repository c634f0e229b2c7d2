// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <utility>

#include "mace/backend/cpu/isa.hpp"
#include "mace/backend/cpu/thread_pool.hpp"
#include "mace/core/buffer.hpp"
#include "mace/core/view.hpp"

/// One matrix product serves a dense layer three times: forward (outputs = neurons, depth = inputs), gradient of its
/// input (outputs = inputs, depth = neurons) and gradient of its weights (outputs = inputs, depth = samples). The left
/// factor is packed into panels that fill two registers; each entry of the result is one chain of multiply-adds over the
/// depth, in order, whatever the tile or the thread it falls into.
namespace mace::dense {

/// How many rows of the result one panel holds, and how many columns one tile: the accumulators fill the registers.
template <class Real, int Bytes>
inline constexpr int panel_rows = 2 * Simd<Real, Bytes>::lanes;
template <int Bytes>
inline constexpr int tile_columns = Bytes == 64 ? 12 : 6;

/// panel_rows for an instruction set chosen at run time.
template <class Real>
int panel_rows_of(Isa isa) {
  return isa == Isa::avx512 ? panel_rows<Real, 64> : isa == Isa::avx2 ? panel_rows<Real, 32> : panel_rows<Real, 16>;
}

/// c[i, j] (+)= activate(bias[i] + sum_k a[k, i] b[k, j]), a in panels [outputs / rows][depth][rows].
template <class Real>
struct Product {
  const Real* panels;
  Index outputs, depth;
  const Real* b;
  Index depth_stride, column_stride;
  const Real* bias;  ///< null: none
  Real slope;        ///< of the activation, below zero
  bool accumulate;   ///< add to c instead of overwriting it
  Real* c;
  Index c_stride;
};

template <class Real, int Bytes, int Columns>
struct Tile {
  using Vector = typename Simd<Real, Bytes>::type;
  using Memory = typename Simd<Real, Bytes>::unaligned;
  static constexpr int lanes = Simd<Real, Bytes>::lanes;
  Vector sum[2][Columns];

  template <int... J>
  MACE_INLINE void clear(std::integer_sequence<int, J...>) {
    ((sum[0][J] = Vector{}, sum[1][J] = Vector{}), ...);
  }

  template <int... J>
  MACE_INLINE void multiply_add(const Real* a, const Real* b, Index stride, std::integer_sequence<int, J...>) {
    const Vector low = *reinterpret_cast<const Memory*>(a);
    const Vector high = *reinterpret_cast<const Memory*>(a + lanes);
    ((sum[0][J] += low * b[J * stride], sum[1][J] += high * b[J * stride]), ...);
  }

  /// Bias, activation and store of a whole panel; `bias` holds two vectors.
  template <int... J>
  MACE_INLINE void store(const Product<Real>& p, const Vector (&bias)[2], Real* c, std::integer_sequence<int, J...>) {
    (store_half(p, bias[0], sum[0][J], c + J * p.c_stride), ...);
    (store_half(p, bias[1], sum[1][J], c + J * p.c_stride + lanes), ...);
  }

  MACE_INLINE static void store_half(const Product<Real>& p, const Vector& bias, const Vector& value, Real* c) {
    Vector y = value + bias;
    if (p.accumulate) y += *reinterpret_cast<const Memory*>(c);
    y = y > Real(0) ? y : p.slope * y;
    *reinterpret_cast<Memory*>(c) = y;
  }
};

template <class Real>
struct Kernel {
  /// Rows of the panels [first_panel, last_panel), columns [first, last).
  template <int Bytes>
  MACE_INLINE void run(const Product<Real>* p, Index first_panel, Index last_panel, Index first, Index last) const {
    constexpr int wide = tile_columns<Bytes>, narrow = Bytes == 64 ? 4 : 2;
    for (Index panel = first_panel; panel < last_panel; ++panel) {
      Index j = first;
      for (; j + wide <= last; j += wide) tile<Bytes, wide>(*p, panel, j);
      for (; j + narrow <= last; j += narrow) tile<Bytes, narrow>(*p, panel, j);
      for (; j < last; ++j) tile<Bytes, 1>(*p, panel, j);
    }
  }

  template <int Bytes, int Columns>
  MACE_INLINE static void tile(const Product<Real>& p, Index panel, Index column) {
    using T = Tile<Real, Bytes, Columns>;
    using Vector = typename T::Vector;
    constexpr auto columns = std::make_integer_sequence<int, Columns>{};
    constexpr int rows = panel_rows<Real, Bytes>;
    T t;
    t.clear(columns);
    const Real* a = p.panels + panel * rows * p.depth;
    const Real* b = p.b + column * p.column_stride;
    for (Index k = 0; k < p.depth; ++k, a += rows, b += p.depth_stride) t.multiply_add(a, b, p.column_stride, columns);

    const Index row = panel * rows;
    Real* c = p.c + row + column * p.c_stride;
    if (row + rows <= p.outputs) {
      Vector bias[2] = {};
      if (p.bias != nullptr) {
        bias[0] = *reinterpret_cast<const typename T::Memory*>(p.bias + row);
        bias[1] = *reinterpret_cast<const typename T::Memory*>(p.bias + row + T::lanes);
      }
      t.store(p, bias, c, columns);
      return;
    }
    for (int j = 0; j < Columns; ++j)  // the last panel has fewer rows
      for (Index i = 0; row + i < p.outputs; ++i) {
        Real y = t.sum[i / T::lanes][j][i % T::lanes] + (p.bias != nullptr ? p.bias[row + i] : Real(0));
        if (p.accumulate) y += c[i + j * p.c_stride];
        c[i + j * p.c_stride] = y > Real(0) ? y : p.slope * y;
      }
  }
};

/// Runs the product over `columns` columns, split over the pool when there is enough to do.
template <class Real>
void multiply(ThreadPool& pool, Isa isa, const Product<Real>& p, Index columns) {
  const Index panels = (p.outputs + panel_rows_of<Real>(isa) - 1) / panel_rows_of<Real>(isa);
  const bool small = panels * panel_rows_of<Real>(isa) * p.depth * columns < 200'000;  // about 10 us of work
  // Groups of panels reuse a block of columns from the cache; 384 is a multiple of both tile widths.
  const Index column_block = 384;
  const Index column_blocks = std::max<Index>(1, (columns + column_block - 1) / column_block);
  const Index wanted = small ? 1 : 4 * pool.threads();
  const Index panel_groups =
      std::clamp<Index>((wanted + column_blocks - 1) / column_blocks, 1, std::max<Index>(1, panels));
  const auto task = [&](Index i) {
    const Index group = i % panel_groups, block = i / panel_groups;
    dispatch(isa, Kernel<Real>{}, &p, panels * group / panel_groups, panels * (group + 1) / panel_groups,
             block * column_block, std::min(columns, (block + 1) * column_block));
  };
  if (small || pool.threads() == 1)
    for (Index i = 0; i < panel_groups * column_blocks; ++i) task(i);
  else
    pool.run(panel_groups * column_blocks, task);
}

/// Writes the panels of a matrix a[k, i] = source[k * depth_stride + i * row_stride]; rows past the end are zero.
template <class Real>
void pack(ThreadPool& pool, Isa isa, const Real* source, Index outputs, Index depth, Index row_stride,
          Index depth_stride, Real* panels) {
  const int rows = panel_rows_of<Real>(isa);
  const Index count = (outputs + rows - 1) / rows;
  const auto task = [&](Index panel) {
    const Index used = std::min<Index>(rows, outputs - panel * rows);
    const Real* from = source + panel * rows * row_stride;
    Real* to = panels + panel * rows * depth;
    for (Index k = 0; k < depth; ++k, to += rows) {
      for (Index i = 0; i < used; ++i) to[i] = from[i * row_stride + k * depth_stride];
      for (Index i = used; i < rows; ++i) to[i] = Real(0);
    }
  };
  if (outputs * depth < 100'000)
    for (Index i = 0; i < count; ++i) task(i);
  else
    pool.run(count, task);
}

/// Values that the panels of an outputs x depth matrix take.
template <class Real>
Index packed_size(Isa isa, Index outputs, Index depth) {
  const int rows = panel_rows_of<Real>(isa);
  return (outputs + rows - 1) / rows * rows * depth;
}

}  // namespace mace::dense
