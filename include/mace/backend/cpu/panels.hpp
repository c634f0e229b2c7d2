// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "mace/backend/cpu/product.hpp"

/// Packing of the left factor of the matrix product into panels [depth][rows] of two registers of rows. The last panel
/// has one register of rows if that suffices.
namespace mace::dense {

/// Number of rows of a panel, including padding, if `left` rows remain from its first row on.
template <class Real>
Index panel_height(Isa isa, Index left) {
  return left <= lanes_of<Real>(isa) ? lanes_of<Real>(isa) : 2 * lanes_of<Real>(isa);
}
/// Number of panels of a factor with `outputs` rows.
template <class Real>
Index panel_count(Isa isa, Index outputs) {
  return (outputs + 2 * lanes_of<Real>(isa) - 1) / (2 * lanes_of<Real>(isa));
}
/// Number of values in the panels of an outputs x depth factor, including padding.
template <class Real>
Index packed_size(Isa isa, Index outputs, Index depth) {
  return (outputs + lanes_of<Real>(isa) - 1) / lanes_of<Real>(isa) * lanes_of<Real>(isa) * depth;
}

/// Square matrix in registers. It is transposed in log2(lanes) stages; each swaps half of a register with half of the
/// register `Distance` rows further on.
template <class Real, int Bytes>
struct Square {
  using Vector = typename Simd<Real, Bytes>::type;
  static constexpr int lanes = Simd<Real, Bytes>::lanes;
  Vector row[lanes];

  MACE_INLINE void transpose() { stages<lanes / 2>(); }

  /// Writes the sum of the lanes of register i to lane i of register 0.
  MACE_INLINE void fold() { halve<lanes / 2>(); }

 private:
  /// Selects lanes by number from a and, from number `lanes` on, from b.
  template <int... Lane>
  MACE_INLINE static void shuffle(const Vector& a, const Vector& b, Vector& to) {
#if defined(__clang__)
    to = __builtin_shufflevector(a, b, Lane...);
#else  // GCC has __builtin_shufflevector too, but nvcc drops the parameter pack
    using Number = std::conditional_t<sizeof(Real) == 4, std::int32_t, std::int64_t>;
    to = __builtin_shuffle(a, b, typename Simd<Number, Bytes>::type{Lane...});
#endif
  }
  template <int Distance>
  MACE_INLINE void stages() {
    stage<Distance>(std::make_integer_sequence<int, lanes>());
    if constexpr (Distance > 1) stages<Distance / 2>();
  }
  template <int Distance, int... Row>
  MACE_INLINE void stage(std::integer_sequence<int, Row...>) {
    (swap<Distance, Row>(std::make_integer_sequence<int, lanes>()), ...);
  }
  template <int Distance>
  MACE_INLINE void halve() {
    add<Distance>(std::make_integer_sequence<int, Distance>());
    if constexpr (Distance > 1) halve<Distance / 2>();
  }
  template <int Distance, int... Row>
  MACE_INLINE void add(std::integer_sequence<int, Row...>) {
    (swap<Distance, Row>(std::make_integer_sequence<int, lanes>()), ...);
    ((row[Row] += row[Row + Distance]), ...);
  }
  template <int Distance, int Row, int... Lane>
  MACE_INLINE void swap(std::integer_sequence<int, Lane...>) {
    if constexpr ((Row & Distance) == 0) {
      const Vector a = row[Row], b = row[Row + Distance];
      shuffle<((Lane & Distance) == 0 ? Lane : lanes + Lane - Distance)...>(a, b, row[Row]);
      shuffle<((Lane & Distance) == 0 ? Lane + Distance : lanes + Lane)...>(a, b, row[Row + Distance]);
    }
  }
};

/// Packs the rows [row, row + height) at depths [first, first + depth) of a factor as [depth][height], padded with zero
/// rows. `height` is a multiple of the lanes.
template <class Real, int Bytes>
struct PanelWriter {
  using Vector = typename Simd<Real, Bytes>::type;
  using Memory = typename Simd<Real, Bytes>::unaligned;
  static constexpr int lanes = Simd<Real, Bytes>::lanes;

  MACE_INLINE static void write(const Factor<Real>& a, Index row, Index height, Index first, Index depth, Real* to) {
    for (Index half = 0; half < height; half += lanes) {
      const Index used = std::min<Index>(lanes, a.outputs - row - half);
      const Real* const from = a.data + (row + half) * a.row_stride + first * a.depth_stride;
      if (a.row_stride == 1 && used == lanes)
        copy(from, a.depth_stride, depth, to + half, height);
      else if (a.depth_stride == 1 && depth >= lanes)
        transpose(from, a.row_stride, used, depth, to + half, height);
      else
        one_by_one(a, from, used, depth, to + half, height);
    }
  }

 private:
  MACE_INLINE static void copy(const Real* from, Index stride, Index depth, Real* to, Index height) {
    for (Index k = 0; k < depth; ++k)
      *reinterpret_cast<Memory*>(to + k * height) = *reinterpret_cast<const Memory*>(from + k * stride);
  }
  MACE_INLINE static void transpose(const Real* from, Index stride, Index used, Index depth, Real* to, Index height) {
    for (Index k = 0; k < depth; k += lanes) {
      const Index at = std::min(k, depth - lanes);  // the last square overlaps the one before
      Square<Real, Bytes> square;
      for (int r = 0; r < lanes; ++r)
        square.row[r] = r < used ? Vector(*reinterpret_cast<const Memory*>(from + r * stride + at)) : Vector{};
      square.transpose();
      for (int l = 0; l < lanes; ++l) *reinterpret_cast<Memory*>(to + (at + l) * height) = square.row[l];
    }
  }
  MACE_INLINE static void one_by_one(const Factor<Real>& a, const Real* from, Index used, Index depth, Real* to,
                                     Index height) {
    for (Index k = 0; k < depth; ++k)
      for (Index r = 0; r < lanes; ++r)
        to[k * height + r] = r < used ? from[r * a.row_stride + k * a.depth_stride] : Real(0);
  }
};

/// Kernel that calls PanelWriter::write.
template <class Real>
struct PanelKernel {
  template <int Bytes>
  MACE_INLINE void run(const Factor<Real>* a, Index row, Index height, Index first, Index depth, Real* to) const {
    PanelWriter<Real, Bytes>::write(*a, row, height, first, depth, to);
  }
};

/// Packs the depths [first, first + depth) of the panel that begins at row `row`.
template <class Real>
void write_panel(Isa isa, const Factor<Real>& a, Index row, Index first, Index depth, Real* to) {
  dispatch(isa, PanelKernel<Real>{}, &a, row, panel_height<Real>(isa, a.outputs - row), first, depth, to);
}

}  // namespace mace::dense
