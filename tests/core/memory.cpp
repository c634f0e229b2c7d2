// SPDX-License-Identifier: Apache-2.0
// Errors, views and buffers.
#include <doctest/doctest.h>

#include <Eigen/Core>
#include <cstdint>
#include <limits>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include "mace/core/activation.hpp"
#include "mace/core/buffer.hpp"
#include "mace/core/error.hpp"
#include "mace/core/view.hpp"

using namespace mace;

namespace {

/// A memory space that is full.
struct FullSpace {
  static void* allocate(std::size_t) { throw std::bad_alloc(); }
  static void release(void*) noexcept {}
};

}  // namespace

TEST_CASE("an error says what its arguments say") {
  CHECK_THROWS_WITH_AS(fail("arm: wanted ", 7, " joints, got ", 6), "arm: wanted 7 joints, got 6", Error);
  CHECK_THROWS_WITH_AS(require(false, "no ", 0.5), "no 0.5", Error);
  CHECK_NOTHROW(require(true, "never"));
  static_assert(std::is_base_of_v<std::runtime_error, Error>);
}

TEST_CASE("a buffer is aligned and zero") {
  for (const Index size : {1, 3, 16, 1000}) {
    const Buffer<float> buffer(size);
    CHECK(buffer.size() == size);
    CHECK(reinterpret_cast<std::uintptr_t>(buffer.data()) % alignment == 0);
    for (const float value : buffer.span()) CHECK(value == 0.0f);
  }
  const Buffer<int> none(0), unset;
  CHECK(none.data() == nullptr);
  CHECK(unset.span().empty());
  CHECK_THROWS_WITH_AS(Buffer<int>(-1), "Buffer: wanted a size of at least 0, got -1", Error);
}

TEST_CASE("a buffer for which there is no memory says so") {
  CHECK_THROWS_WITH_AS((Buffer<float, FullSpace>(3)), "Buffer: wanted 3 values of 4 bytes, got no memory for them",
                       Error);
  // Sizes whose bytes overflow; the second one's to a small number.
  for (const Index size : {std::numeric_limits<Index>::max(), Index{1} << 62}) {
    CAPTURE(size);
    CHECK_THROWS_AS(Buffer<float>{size}, Error);
  }
}

TEST_CASE("a buffer moves and does not copy") {
  static_assert(!std::is_copy_constructible_v<Buffer<float>> && !std::is_copy_assignable_v<Buffer<float>>);
  static_assert(std::is_nothrow_move_constructible_v<Buffer<float>> &&
                std::is_nothrow_move_assignable_v<Buffer<float>>);
  Buffer<int> a(4);
  a.data()[2] = 5;
  int* const memory = a.data();

  Buffer<int> b = std::move(a);
  CHECK(b.data() == memory);
  CHECK(b.size() == 4);
  Buffer<int> c(7);
  c = std::move(b);
  CHECK(c.data() == memory);
  CHECK(c.size() == 4);
  CHECK(c.data()[2] == 5);
  auto& self = c;
  c = std::move(self);
  CHECK(c.data()[2] == 5);
}

TEST_CASE("a buffer reads as a matrix that fits into it") {
  const Buffer<float> buffer(12);
  const MatrixView<float> m = buffer.matrix(3, 4);
  m(2, 1) = 7;
  CHECK(buffer.data()[5] == 7);
  CHECK(buffer.matrix(2, 2).size() == 4);
  CHECK_THROWS_WITH_AS(buffer.matrix(4, 4), "Buffer::matrix: wanted 4 x 4 values, got 12", Error);
  CHECK_THROWS_AS(buffer.matrix(-1, 4), Error);
  CHECK_THROWS_AS(buffer.matrix(Index{1} << 32, Index{1} << 32), Error);  // their product is 0
  CHECK(buffer.matrix(50, 0).size() == 0);
}

TEST_CASE("a view reads by columns and writes through") {
  float values[6] = {1, 2, 3, 4, 5, 6};
  const MatrixView<float> m(values, 2, 3);
  CHECK(m(1, 2) == 6);
  CHECK(m.column(1) == values + 2);
  CHECK(m.columns(1, 2)(0, 1) == 5);
  CHECK(m.columns(1, 2).cols() == 2);
  const MatrixView<const float> read = m;
  m(0, 0) = 9;
  CHECK(read(0, 0) == 9);
  static_assert(!std::is_constructible_v<MatrixView<float>, MatrixView<const float>>);
  CHECK(MatrixView<float>().size() == 0);
}

TEST_CASE("an Eigen matrix is a view") {
  Eigen::MatrixXf matrix(2, 3);
  matrix << 1, 2, 3, 4, 5, 6;
  const MatrixView<float> view = matrix;
  view(1, 0) = 40;
  CHECK(matrix(1, 0) == 40);
  const Eigen::MatrixXf& constant = matrix;
  const MatrixView<const float> read = constant;
  CHECK(read.rows() == 2);
  CHECK(read.cols() == 3);
  CHECK(read(0, 2) == 3);
  static_assert(!std::is_constructible_v<MatrixView<float>, const Eigen::MatrixXf&>);
  static_assert(!std::is_constructible_v<MatrixView<float>, Eigen::MatrixXd&>);
}

TEST_CASE("a part of an Eigen matrix is a view if its columns have no gaps") {
  Eigen::MatrixXf matrix(3, 4);
  matrix.setZero();
  const auto view = [](auto&& m) { return MatrixView<float>(m); };
  MatrixView<float>(matrix.middleCols(1, 2))(2, 1) = 7;
  CHECK(matrix(2, 2) == 7);
  CHECK(MatrixView<const float>(Eigen::Map<const Eigen::MatrixXf>(matrix.data(), 2, 6))(0, 4) == 7);
  CHECK(view(matrix.col(2))(2, 0) == 7);
  CHECK(view(matrix.block(1, 2, 2, 1))(1, 0) == 7);
  CHECK(view(matrix.topRows(3)).rows() == 3);
  CHECK_THROWS_WITH_AS(
      view(matrix.topRows(2)),
      "MatrixView: wanted columns without gaps, got 2 x 4 with 1 from row to row and 3 from column to column", Error);
  CHECK_THROWS_AS(view(matrix.topRows(1)), Error);
  CHECK_THROWS_AS(view(matrix.row(1)), Error);

  Eigen::RowVectorXf row(4);
  row << 1, 2, 3, 4;
  CHECK(view(row)(0, 3) == 4);
  Eigen::Matrix<float, 2, 3, Eigen::RowMajor> by_rows;
  CHECK_THROWS_AS(view(by_rows.col(1)), Error);
}

TEST_CASE("activations and their derivatives") {
  struct Row {
    Activation activation;
    double below;  ///< of -2
    double slope;
  };
  for (const Row row :
       {Row{Activation::identity, -2, 1}, Row{Activation::relu, 0, 0}, Row{Activation::leaky_relu, -0.02, 0.01}}) {
    const double slope = negative_slope<double>(row.activation);
    CHECK(activate(3.0, slope) == 3.0);
    CHECK(activate(-2.0, slope) == row.below);
    CHECK(activation_derivative(activate(3.0, slope), slope) == 1.0);
    CHECK(activation_derivative(activate(-2.0, slope), slope) == row.slope);
  }
}
