// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "mace/backend/cpu/panels.hpp"
#include "mace/backend/cpu/product.hpp"

/// Products of few columns whose factors are both contiguous in depth, as in a forward pass with weights that change.
/// Packing would cost more than the product, so each entry is a dot product over contiguous memory, whose lanes are
/// summed at the end.
namespace mace::dense {

/// Largest number of columns for which dot products are faster than packing.
inline constexpr Index most_dot_columns = 8;

/// Returns whether the product is computed by dot products.
template <class Real>
bool of_dots(Isa isa, const MatrixProduct<Real>& p, Index columns) {
  return p.panels == nullptr && columns <= most_dot_columns && p.a.depth_stride == 1 && p.depth_stride == 1 &&
         p.a.depth >= lanes_of<Real>(isa);
}

/// The dot products of `rows` rows of a and `columns` columns of b, as many as a register has lanes. Register I of the
/// sums belongs to row I % rows and column I / rows.
template <class Real, int Bytes>
struct DotTile {
  using Vector = typename Simd<Real, Bytes>::type;
  using Memory = typename Simd<Real, Bytes>::unaligned;
  using Bit = std::conditional_t<sizeof(Real) == 4, std::int32_t, std::int64_t>;
  using Bits = typename Simd<Bit, Bytes>::type;
  static constexpr int lanes = Simd<Real, Bytes>::lanes;
  static constexpr int rows = lanes >= 8 ? 4 : 2, columns = lanes / rows;
  static constexpr auto each_row = std::make_integer_sequence<int, rows>{};
  static constexpr auto each_column = std::make_integer_sequence<int, columns>{};
  static constexpr auto each_sum = std::make_integer_sequence<int, lanes>{};
  const Real* a[rows];
  const Real* b[columns];
  Square<Real, Bytes> sums;

  template <int... I>
  MACE_INLINE void clear(std::integer_sequence<int, I...>) {
    ((sums.row[I] = Vector{}), ...);
  }

  /// Sums over the depth. The last vector may overlap the one before; `fresh` masks the lanes not yet summed.
  MACE_INLINE void over(Index depth, const Bits& fresh) {
    Index k = 0;
    for (; k + lanes <= depth; k += lanes) multiply_add<false>(k, fresh, each_row, each_column, each_sum);
    if (k < depth) multiply_add<true>(depth - lanes, fresh, each_row, each_column, each_sum);
  }

 private:
  template <bool Some, int... R, int... C, int... I>
  MACE_INLINE void multiply_add(Index k, const Bits& fresh, std::integer_sequence<int, R...>,
                                std::integer_sequence<int, C...>, std::integer_sequence<int, I...>) {
    Vector left[rows] = {*reinterpret_cast<const Memory*>(a[R] + k)...};
    Vector right[columns] = {*reinterpret_cast<const Memory*>(b[C] + k)...};
    if constexpr (Some) {
      ((left[R] = Vector(Bits(left[R]) & fresh)), ...);
      ((right[C] = Vector(Bits(right[C]) & fresh)), ...);
    }
    ((sums.row[I] += left[I % rows] * right[I / rows]), ...);
  }
};

/// Computes the rows [first, last) of the product in all columns.
template <class Real>
struct DotKernel {
  template <int Bytes>
  MACE_INLINE void run(const MatrixProduct<Real>* p, Index first, Index last, Index columns) const {
    using Tile = DotTile<Real, Bytes>;
    typename Tile::Bits fresh;
    for (Index l = 0; l < Tile::lanes; ++l) fresh[l] = l < Tile::lanes - p->a.depth % Tile::lanes ? 0 : -1;
    for (Index row = first; row < last; row += Tile::rows)
      for (Index column = 0; column < columns; column += Tile::columns) {
        Tile tile;  // past the end of a factor its last row or column is repeated
        for (Index r = 0; r < Tile::rows; ++r) tile.a[r] = p->a.data + std::min(row + r, last - 1) * p->a.row_stride;
        for (Index c = 0; c < Tile::columns; ++c)
          tile.b[c] = p->b + std::min(column + c, columns - 1) * p->column_stride;
        tile.clear(Tile::each_sum);
        tile.over(p->a.depth, fresh);
        store<Tile>(*p, tile, row, std::min<Index>(Tile::rows, last - row), column,
                    std::min<Index>(Tile::columns, columns - column));
      }
  }

 private:
  template <class Tile>
  MACE_INLINE static void store(const MatrixProduct<Real>& p, Tile& tile, Index row, Index rows, Index column,
                                Index columns) {
    Real sums[Tile::lanes];
    tile.sums.fold();
    *reinterpret_cast<typename Tile::Memory*>(sums) = tile.sums.row[0];
    using Rows = Simd<Real, Tile::rows* static_cast<int>(sizeof(Real))>;
    using Memory = typename Rows::unaligned;
    for (Index c = 0; c < columns; ++c) {
      Real *const from = sums + c * Tile::rows, *const to = p.c + row + (column + c) * p.c_stride;
      if (rows == Tile::rows) {
        typename Rows::type y = *reinterpret_cast<const Memory*>(from);
        if (p.bias != nullptr) y += *reinterpret_cast<const Memory*>(p.bias + row);
        *reinterpret_cast<Memory*>(to) = y > Real(0) ? y : p.slope * y;
        continue;
      }
      for (Index r = 0; r < rows; ++r) {
        const Real y = from[r] + (p.bias != nullptr ? p.bias[row + r] : Real(0));
        to[r] = y > Real(0) ? y : p.slope * y;
      }
    }
  }
};

}  // namespace mace::dense
