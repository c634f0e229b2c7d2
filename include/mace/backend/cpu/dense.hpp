// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <utility>

#include "mace/backend/cpu/dots.hpp"
#include "mace/backend/cpu/panels.hpp"
#include "mace/backend/cpu/thread_pool.hpp"

/// Matrix products, tile by tile. Each entry of the result is one chain of multiply-adds over the depth, in order,
/// whatever the tile or the thread it falls into; for a few columns, as many chains as a register has lanes (dots.hpp).
namespace mace::dense {

/// How many columns one tile of the result has: with two registers of rows the accumulators fill the registers.
template <int Bytes>
inline constexpr int tile_columns = Bytes == 64 ? 12 : 6;

/// Depths of a panel that is packed on the way: with one tile of the right factor it stays in the first cache.
inline constexpr Index depth_block = 128;

/// For so few columns a factor whose rows lie side by side is read where it is: packing pays if it is used often.
inline constexpr Index columns_in_place = 12;

/// A panel's share of a product: depths [first, first + depth), of which `a` is the panel.
template <class Real>
struct Slab {
  const Real* a;
  Index stride, row, first, depth;  ///< stride: from a depth to the next
};

/// `Height` registers of rows by `Columns` columns of the result. Every access to the sums names its register, or they
/// would not stay in registers.
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

  /// Goes on with the sums that `store` left in c; `used` of the rows are there.
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

  /// Adds the bias (null: none), activates and stores; `used` of the rows are there.
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

/// A panel's rows of columns [first, last). Apart from what packs the panel: together they are more than GCC finds
/// registers for.
template <class Real>
struct SlabKernel {
  /// Two registers of rows, one, or half of one: the fewest that hold what there is.
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

/// Rows of the panels [first_panel, last_panel), columns [first, last).
template <class Real>
void multiply_panels(Isa isa, const MatrixProduct<Real>& p, Index first_panel, Index last_panel, Index first,
                     Index last) {
  const Index rows = 2 * lanes_of<Real>(isa);
  alignas(64) Real packed[2 * Simd<Real, 64>::lanes * depth_block];  // for the widest registers
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
    do {  // once, if there is no depth at all
      const Index depth = std::min(depth_block, p.a.depth - k);
      write_panel(isa, p.a, row, k, depth, packed);
      run({packed, height, row, k, depth});
      k += depth;
    } while (k < p.a.depth);
  }
}

/// One task's part of a product: rows of some panels, some columns.
struct Share {
  Index first_panel, last_panel, first, last;
};

/// Splits a product of so many multiply-adds over the pool when there is enough to do: work(share) for each.
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

/// Runs the product over `columns` columns.
template <class Real>
void multiply(ThreadPool& pool, Isa isa, const MatrixProduct<Real>& p, Index columns) {
  const bool dots = of_dots(isa, p, columns);
  const Index rows = 2 * lanes_of<Real>(isa);
  share_out(pool, panel_count<Real>(isa, p.a.outputs), columns, p.a.outputs * p.a.depth * columns, [&](const Share& s) {
    if (dots)  // they are few columns, and one block of them
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
    const Take local = *take;  // or what it stores might change its members, and the loop would not vectorize
    for (Index i = 0; i < count; ++i) local(first + i, values[i]);
  }
};

/// Hands the entries of a product to take(entry, value), counted down its columns, instead of storing them; the
/// product's c is not used. Block by block, so that they go through the first cache.
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
      const Index entry = row + i * wide * p.a.outputs, runs = height == p.a.outputs ? 1 : width;  // without gaps: one
      for (Index r = 0; r < runs; ++r)
        dispatch(isa, TakeKernel<Real>{}, block + r * height, height * width / runs, entry + r * p.a.outputs, &take);
    }
  };
  pool.run((columns + wide - 1) / wide, task);
}

/// Hands the sum over the columns of each row of `m` to take(row, sum).
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

/// Writes the panels of a factor, for products that use them often.
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
