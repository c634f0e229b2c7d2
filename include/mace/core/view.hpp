// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "mace/core/config.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// Type of all sizes and indices.
using Index = std::ptrdiff_t;

/// A matrix type with `data()`, `rows()` and `cols()`, stored column-major without gaps, such as an Eigen matrix. If
/// the type states its storage order and strides as Eigen's types do, they are checked.
template <class M, class T>
concept MatrixLike = requires(M& m) {
  { m.data() } -> std::convertible_to<T*>;
  { m.rows() } -> std::convertible_to<Index>;
  { m.cols() } -> std::convertible_to<Index>;
};

/// Non-owning view of a `rows` x `cols` matrix, stored column-major without gaps. Each column is one sample, so the
/// memory layout equals that of a row-major [cols, rows] array in Python. Copying a view copies no numbers.
///
/// Temporaries of owning matrix types are rejected at compile time. A default-constructible type counts as owning:
/// Eigen's Matrix is, its Map, Ref and Block are not.
template <class T>
class MatrixView {
 public:
  MatrixView() = default;
  MACE_HD MatrixView(T* data, Index rows, Index cols) : data_(data), rows_(rows), cols_(cols) {}

  /// Converts a mutable view to a read-only one.
  template <class U>
  requires std::same_as<const U, T> MACE_HD MatrixView(const MatrixView<U>& other)
      : data_(other.data()), rows_(other.rows()), cols_(other.cols()) {}

  /// @throws Error if the columns are not contiguous.
  template <MatrixLike<T> M>
  requires(!std::same_as<std::remove_cvref_t<M>, MatrixView<std::remove_const_t<T>>> &&
           !std::same_as<std::remove_cvref_t<M>, MatrixView>) MatrixView(M&& m)
      : data_(m.data()), rows_(m.rows()), cols_(m.cols()) {
    static_assert(std::is_lvalue_reference_v<M> || !std::is_default_constructible_v<M>,
                  "mace::MatrixView: a temporary matrix is gone before its numbers are used; give it a name");
    require_columns<std::remove_cvref_t<M>>(m);
  }

  MACE_HD T* data() const { return data_; }
  MACE_HD Index rows() const { return rows_; }
  MACE_HD Index cols() const { return cols_; }
  MACE_HD Index size() const { return rows_ * cols_; }

  MACE_HD T& operator()(Index row, Index col) const { return data_[row + col * rows_]; }
  /// Pointer to the first entry of a column.
  MACE_HD T* column(Index col) const { return data_ + col * rows_; }
  /// View of the columns [first, first + count).
  MACE_HD MatrixView columns(Index first, Index count) const { return {data_ + first * rows_, rows_, count}; }

 private:
  template <class M>
  static void require_columns(const M& m) {
    bool by_rows = false;
    if constexpr (requires { M::IsRowMajor, M::RowsAtCompileTime, M::ColsAtCompileTime; }) {
      static_assert(!M::IsRowMajor || M::RowsAtCompileTime == 1 || M::ColsAtCompileTime == 1,
                    "mace::MatrixView: the matrix must be stored by columns, not by rows");
      by_rows = M::IsRowMajor;
    }
    if constexpr (requires { m.innerStride(), m.outerStride(); }) {
      const Index row_step = by_rows ? m.outerStride() : m.innerStride();
      const Index col_step = by_rows ? m.innerStride() : m.outerStride();
      require((m.rows() <= 1 || row_step == 1) && (m.cols() <= 1 || col_step == m.rows()),
              "MatrixView: wanted columns without gaps, got ", m.rows(), " x ", m.cols(), " with ", row_step,
              " from row to row and ", col_step, " from column to column");
    }
  }

  T* data_ = nullptr;
  Index rows_ = 0;
  Index cols_ = 0;
};

/// Views samples as the columns of a matrix without copying, for types that consist of numbers only, such as Vec<3> and
/// Cloud<2048>. The matrix of an empty span has no columns.
template <class Real = float, class Sample>
MatrixView<std::conditional_t<std::is_const_v<Sample>, const Real, Real>> as_columns(std::span<Sample> samples) {
  static_assert(std::is_trivially_copyable_v<Sample> && sizeof(Sample) % sizeof(Real) == 0 &&
                    alignof(Sample) % alignof(Real) == 0,
                "mace::as_columns: the samples must consist of numbers of this type");
  using Number = std::conditional_t<std::is_const_v<Sample>, const Real, Real>;
  return {reinterpret_cast<Number*>(samples.data()), static_cast<Index>(sizeof(Sample) / sizeof(Real)),
          static_cast<Index>(samples.size())};
}

}  // namespace mace
