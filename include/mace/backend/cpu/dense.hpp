// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <utility>

#include "mace/backend/cpu/dots.hpp"
#include "mace/backend/cpu/panels.hpp"
#include "mace/backend/cpu/thread_pool.hpp"

/// Tiled matrix products. Each entry of the result is one chain of multiply-adds in the order of the depth, whichever
/// tile or thread computes it. Products of few columns use one chain per lane of a register instead (dots.hpp).
namespace mace::dense {

/// Columns of one tile of the result; with two registers of rows the accumulators fill the register file.
template <int Bytes>
inline constexpr int tile_columns = Bytes == 64 ? 12 : 6;

/// Depth of a panel that is packed during a product; the panel and one tile of the right factor fit in the L1 cache.
inline constexpr Index depth_block = 128;

/// Up to this many columns a left factor with contiguous rows is read in place: packing pays off only with reuse.
inline constexpr Index columns_in_place = 12;

/// The part of a panel at depths [first, first + depth).
template <class Real>
struct Slab {
  const Real* a;
  Index stride, row, first, depth;  ///< stride: distance from one depth to the next
};

/// A tile of the result: `Height` registers of rows by `Columns` columns. Every access to `sum` has constant indices,
/// so that the sums stay in registers.
template <class Real, int Bytes, int Height, int Columns>
struct Tile {
  using Vector = typename Simd<Real, Bytes>::type;
  using Memory = typename Simd<Real, Bytes>::unaligned;
  static constexpr int lanes = Simd<Real, Bytes>::lanes;
  static constexpr int rows = Height * lanes;
  static constexpr auto columns = std::make_integer_sequence<int, Columns>{};
  static constexpr auto all = std::make_integer_sequence<int, Height * Columns>{};
  Vector sum[Height][Columns];

  template <int... I>
  MACE_INLINE void clear(std::integer_sequence<int, I...>) {
    ((sum[I / Columns][I % Columns] = Vector{}), ...);
  }

  /// Resumes the sums that `store` wrote to c; the tile has `used` valid rows.
  MACE_INLINE void resume(const Real* c, Index stride, Index used) {
    if (used == rows) return load(c, stride, all);
    Real some[Columns * rows] = {};
    for (Index j = 0; j < Columns; ++j)
      for (Index i = 0; i < used; ++i) some[i + j * rows] = c[i + j * stride];
    load(some, rows, all);
  }

  template <int... J>
  MACE_INLINE void multiply_add(const Real* a, const Real* b, Index stride, std::integer_sequence<int, J...>) {
    const Vector low = *reinterpret_cast<const Memory*>(a);
    if constexpr (Height == 2) {
      const Vector high = *reinterpret_cast<const Memory*>(a + lanes);
      ((sum[0][J] += low * b[J * stride], sum[1][J] += high * b[J * stride]), ...);
    } else {
      ((sum[0][J] += low * b[J * stride]), ...);
    }
  }

  /// Adds the bias (null: none), applies the activation and stores the `used` valid rows.
  MACE_INLINE void store(const Real* bias, Real slope, Real* c, Index stride, Index used) {
    if (used == rows) return store_all(bias, slope, c, stride, all);
    Real some[Columns * rows];
    store_all(nullptr, Real(1), some, rows, all);
    for (Index j = 0; j < Columns; ++j)
      for (Index i = 0; i < used; ++i) {
        const Real y = some[i + j * rows] + (bias != nullptr ? bias[i] : Real(0));
        c[i + j * stride] = y > Real(0) ? y : slope * y;
      }
  }

 private:
  template <int... I>
  MACE_INLINE void load(const Real* c, Index stride, std::integer_sequence<int, I...>) {
    ((sum[I / Columns][I % Columns] = *reinterpret_cast<const Memory*>(c + I / Columns * lanes + I % Columns * stride)),
     ...);
  }
  template <int... I>
  MACE_INLINE void store_all(const Real* bias, Real slope, Real* c, Index stride, std::integer_sequence<int, I...>) {
    Vector add[Height] = {};
    if (bias != nullptr)
      for (int h = 0; h < Height; ++h) add[h] = *reinterpret_cast<const Memory*>(bias + h * lanes);
    (put(sum[I / Columns][I % Columns] + add[I / Columns], slope, c + I / Columns * lanes + I % Columns * stride), ...);
  }
  MACE_INLINE static void put(const Vector& y, Real slope, Real* to) {
    *reinterpret_cast<Memory*>(to) = y > Real(0) ? y : slope * y;
  }
};

/// Multiplies a slab with the columns [first, last). Packing is a separate kernel, since GCC runs out of registers if
/// both are inlined into one function.
template <class Real>
struct SlabKernel {
  /// Uses two registers of rows, one or half of one: the fewest that hold the remaining rows.
  template <int Bytes>
  MACE_INLINE void run(const MatrixProduct<Real>* p, const Slab<Real>* s, Index first, Index last) const {
    constexpr int half = Bytes > 16 ? Bytes / 2 : Bytes;
    if (p->a.outputs - s->row <= Simd<Real, half>::lanes)
      tiles<half, 1, Bytes>(*p, *s, first, last);
    else if (p->a.outputs - s->row <= Simd<Real, Bytes>::lanes)
      tiles<Bytes, 1, Bytes>(*p, *s, first, last);
    else
      tiles<Bytes, 2, Bytes>(*p, *s, first, last);
  }

 private:
  template <int Bytes, int Height, int Isa>
  MACE_INLINE static void tiles(const MatrixProduct<Real>& p, const Slab<Real>& s, Index first, Index last) {
    constexpr int wide = tile_columns<Isa>, narrow = Isa == 64 ? 4 : 2;
    Index j = first;
    for (; j + wide <= last; j += wide) tile<Tile<Real, Bytes, Height, wide>>(p, s, j);
    for (; j + narrow <= last; j += narrow) tile<Tile<Real, Bytes, Height, narrow>>(p, s, j);
    for (; j < last; ++j) tile<Tile<Real, Bytes, Height, 1>>(p, s, j);
  }

  template <class T>
  MACE_INLINE static void tile(const MatrixProduct<Real>& p, const Slab<Real>& s, Index column) {
    const Index used = std::min<Index>(T::rows, p.a.outputs - s.row);
    Real* const c = p.c + s.row + column * p.c_stride;
    T t;
    if (s.first == 0)
      t.clear(T::all);
    else
      t.resume(c, p.c_stride, used);
    const Real *a = s.a, *b = p.b + s.first * p.depth_stride + column * p.column_stride;
    for (Index k = 0; k < s.depth; ++k, a += s.stride, b += p.depth_stride)
      t.multiply_add(a, b, p.column_stride, T::columns);

    const bool done = s.first + s.depth == p.a.depth;
    const Real* const bias = done && p.bias != nullptr ? p.bias + s.row : nullptr;
    t.store(bias, done ? p.slope : Real(1), c, p.c_stride, used);
  }
};

/// Computes the rows of the panels [first_panel, last_panel) in the columns [first, last).
template <class Real>
void multiply_panels(Isa isa, const MatrixProduct<Real>& p, Index first_panel, Index last_panel, Index first,
                     Index last) {
  const Index rows = 2 * lanes_of<Real>(isa);
  alignas(64) Real packed[2 * Simd<Real, 64>::lanes * depth_block];  // enough for the widest registers
  const auto run = [&](const Slab<Real>& s) { dispatch(isa, SlabKernel<Real>{}, &p, &s, first, last); };
  for (Index row = first_panel * rows; row < std::min(last_panel * rows, p.a.outputs); row += rows) {
    const Index height = panel_height<Real>(isa, p.a.outputs - row);
    if (p.panels != nullptr) {
      run({p.panels + row * p.a.depth, height, row, 0, p.a.depth});
      continue;
    }
    if (p.a.row_stride == 1 && row + rows <= p.a.outputs && last - first <= columns_in_place) {
      run({p.a.data + row, p.a.depth_stride, row, 0, p.a.depth});
      continue;
    }
    Index k = 0;
    do {  // once if the depth is 0
      const Index depth = std::min(depth_block, p.a.depth - k);
      write_panel(isa, p.a, row, k, depth, packed);
      run({packed, height, row, k, depth});
      k += depth;
    } while (k < p.a.depth);
  }
}

/// The panels and columns of the result that one task computes.
struct Share {
  Index first_panel, last_panel, first, last;
};

/// Splits a product into tasks and calls work(share) for each, on the pool if the product is large enough.
/// @param pool the threads
/// @param panels number of panels of the left factor
/// @param columns number of columns of the result
/// @param multiply_adds multiply-adds of the whole product
/// @param work function of a Share
template <class Work>
void share_out(ThreadPool& pool, Index panels, Index columns, Index multiply_adds, const Work& work) {
  const bool small = multiply_adds < 200'000;  // about 10 us of work
  // Groups of panels reuse a block of columns from the cache; 384 is a multiple of both tile widths.
  const Index column_block = 384;
  const Index column_blocks = std::max<Index>(1, (columns + column_block - 1) / column_block);
  const Index wanted = small ? 1 : 4 * pool.threads();
  const Index groups = std::clamp<Index>((wanted + column_blocks - 1) / column_blocks, 1, std::max<Index>(1, panels));
  const auto task = [&](Index i) {
    const Index group = i % groups, block = i / groups;
    work(Share{panels * group / groups, panels * (group + 1) / groups, block * column_block,
               std::min(columns, (block + 1) * column_block)});
  };
  if (small || pool.threads() == 1)
    for (Index i = 0; i < groups * column_blocks; ++i) task(i);
  else
    pool.run(groups * column_blocks, task);
}

/// Computes the product, whose result has `columns` columns.
template <class Real>
void multiply(ThreadPool& pool, Isa isa, const MatrixProduct<Real>& p, Index columns) {
  const bool dots = of_dots(isa, p, columns);
  const Index rows = 2 * lanes_of<Real>(isa);
  share_out(pool, panel_count<Real>(isa, p.a.outputs), columns, p.a.outputs * p.a.depth * columns, [&](const Share& s) {
    if (dots)  // few columns, all in one share
      dispatch(isa, DotKernel<Real>{}, &p, s.first_panel * rows, std::min(s.last_panel * rows, p.a.outputs), columns);
    else
      multiply_panels(isa, p, s.first_panel, s.last_panel, s.first, s.last);
  });
}

/// Calls take(first + i, values[i]).
template <class Real>
struct TakeKernel {
  template <int Bytes, class Take>
  MACE_INLINE void run(const Real* values, Index count, Index first, const Take* take) const {
    const Take local = *take;  // a copy, since stores might alias its members and keep the loop from vectorizing
    for (Index i = 0; i < count; ++i) local(first + i, values[i]);
  }
};

/// Passes each entry of a product to take(entry, value) instead of storing it in `p.c`, in blocks that fit in the L1
/// cache.
/// @param pool the threads
/// @param isa instruction set of the kernels
/// @param p the product; `p.c` is not used
/// @param columns number of columns of the result
/// @param take function of the column-major index of an entry and its value
template <class Real, class Take>
void multiply_and_take(ThreadPool& pool, Isa isa, const MatrixProduct<Real>& p, Index columns, const Take& take) {
  constexpr Index rows = 256, wide = 12;  // a multiple of both tile widths
  const auto task = [&](Index i) {
    alignas(64) Real block[rows * wide];
    for (Index row = 0; row < p.a.outputs; row += rows) {
      const Index height = std::min(rows, p.a.outputs - row), width = std::min(wide, columns - i * wide);
      MatrixProduct<Real> part = p;
      part.a.data += row * p.a.row_stride;
      part.a.outputs = height;
      part.b += i * wide * p.column_stride;
      part.c = block;
      part.c_stride = height;
      multiply_panels(isa, part, 0, panel_count<Real>(isa, height), 0, width);
      const Index entry = row + i * wide * p.a.outputs, runs = height == p.a.outputs ? 1 : width;  // no gaps: one
      for (Index r = 0; r < runs; ++r)
        dispatch(isa, TakeKernel<Real>{}, block + r * height, height * width / runs, entry + r * p.a.outputs, &take);
    }
  };
  pool.run((columns + wide - 1) / wide, task);
}

/// Passes the sum of each row of `m` to take(row, sum).
template <class Real>
struct RowSumKernel {
  template <int Bytes, class Take>
  MACE_INLINE void run(MatrixView<const Real> m, const Take* take) const {
    constexpr Index block = 256;
    Real sum[block];
    const Take local = *take;
    for (Index row = 0; row < m.rows(); row += block) {
      const Index rows = std::min(block, m.rows() - row);
      std::fill_n(sum, rows, Real(0));
      for (Index j = 0; j < m.cols(); ++j)
        for (Index i = 0; i < rows; ++i) sum[i] += m(row + i, j);
      for (Index i = 0; i < rows; ++i) local(row + i, sum[i]);
    }
  }
};

/// Packs a left factor into panels for repeated products.
template <class Real>
void pack(ThreadPool& pool, Isa isa, const Factor<Real>& a, Real* panels) {
  const Index rows = 2 * lanes_of<Real>(isa), count = panel_count<Real>(isa, a.outputs);
  const auto task = [&](Index i) { write_panel(isa, a, i * rows, 0, a.depth, panels + i * rows * a.depth); };
  if (a.outputs * a.depth < 100'000)
    for (Index i = 0; i < count; ++i) task(i);
  else
    pool.run(count, task);
}

}  // namespace mace::dense
