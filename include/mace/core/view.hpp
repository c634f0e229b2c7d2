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

using Index = std::ptrdiff_t;

/// Anything with `data()`, `rows()` and `cols()`, stored by columns without gaps (an Eigen matrix, say). A type that
/// tells its order and its strides as Eigen's do is held to that.
template <class M, class T>
concept MatrixLike = requires(M& m) {
  { m.data() } -> std::convertible_to<T*>;
  { m.rows() } -> std::convertible_to<Index>;
  { m.cols() } -> std::convertible_to<Index>;
};

/// A matrix somebody else owns: `rows` x `cols`, by columns, no gaps. One sample is one column, so the bytes are those
/// of a row-major [cols, rows] array in Python. Copying a view copies no numbers. A temporary is taken for a matrix
/// that owns its numbers, and refused, if it could be made of nothing: Eigen's Map, Ref and Block cannot, its Matrix
/// can.
template <class T>
class MatrixView {
 public:
  MatrixView() = default;
  MACE_HD MatrixView(T* data, Index rows, Index cols) : data_(data), rows_(rows), cols_(cols) {}

  /// A view that may write serves as one that only reads.
  template <class U>
  requires std::same_as<const U, T> MACE_HD MatrixView(const MatrixView<U>& other)
      : data_(other.data()), rows_(other.rows()), cols_(other.cols()) {}

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
  /// The first entry of a column.
  MACE_HD T* column(Index col) const { return data_ + col * rows_; }
  /// `count` columns from `first` on.
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

/// Samples as the columns of a matrix, one sample a column, without a copy: for types that are numbers and nothing
/// else, such as Vec<3> and Cloud<2048>. Of no samples it is a matrix without columns.
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
