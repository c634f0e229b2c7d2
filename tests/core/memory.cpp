// SPDX-License-Identifier: Apache-2.0
// Errors, views and buffers.
#include <doctest/doctest.h>

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "mace/core/activation.hpp"
#include "mace/core/buffer.hpp"
#include "mace/core/error.hpp"
#include "mace/core/view.hpp"

using namespace mace;

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
  CHECK(Buffer<int>(0).data() == nullptr);
  CHECK(Buffer<int>().span().empty());
  CHECK_THROWS_WITH_AS(Buffer<int>(-1), "Buffer: wanted a size of at least 0, got -1", Error);
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
