// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "mace/cloud/chamfer_cpu.hpp"
#include "support/clouds.hpp"
#include "support/gradient_check.hpp"
#include "support/machine.hpp"

using namespace mace;
using test::Points;

TEST_CASE("the brute-force gradient of CD_1 agrees with central differences") {
  for (const Index points : {1, 2, 9, 23}) {
    CAPTURE(points);
    const auto x = test::in_double(test::random_points(points, 1)), y = test::in_double(test::random_points(15, 2));
    std::vector<double> gradient(x.size());
    const double distance = chamfer_gradient(x.data(), points, y.data(), 15, gradient.data());
    const auto f = [&](const std::vector<double>& at) {
      return chamfer_sum(Neighbors<1>{}, at.data(), points, y.data(), 15);
    };
    CHECK(distance == doctest::Approx(f(x)));
    CHECK(test::gradient_error(f, x, gradient) < 1e-6);
  }
}

TEST_CASE("the fast gradient of CD_1 agrees with brute force") {
  struct Row {
    Index x_points, y_points;
  };
  for (const Row row : {Row{1, 1}, Row{1, 20}, Row{15, 3}, Row{16, 16}, Row{17, 33}, Row{250, 333}, Row{1024, 700}}) {
    CAPTURE(row.x_points);
    CAPTURE(row.y_points);
    const Points x = test::random_points(row.x_points, 3), y = test::random_points(row.y_points, 4);
    const auto exact_x = test::in_double(x), exact_y = test::in_double(y);
    std::vector<double> exact(x.size());
    const double distance = chamfer_gradient(exact_x.data(), row.x_points, exact_y.data(), row.y_points, exact.data());
    for (const Isa isa : test::available_isas()) {
      CAPTURE(static_cast<int>(isa));
      std::vector<float> dx(x.size(), 7.0f);
      CHECK(chamfer_gradient(isa, x.data(), row.x_points, y.data(), row.y_points, dx.data()) ==
            doctest::Approx(distance).epsilon(2e-6));
      CHECK(test::relative_error(exact, test::in_double(dx)) < 1e-4);  // sums of terms of either sign
    }
  }
}

TEST_CASE("the fast gradient refuses an empty cloud") {
  const Points x = test::random_points(2, 1);
  std::vector<float> dx(6);
  CHECK_THROWS_WITH_AS(chamfer_gradient(Isa::portable, x.data(), 2, x.data(), 0, dx.data()),
                       "chamfer_gradient: wanted at least 1 point, got 2 and 0", Error);
  CHECK_THROWS_AS(chamfer_gradient(Isa::portable, x.data(), 0, x.data(), 2, dx.data()), Error);
}

TEST_CASE("chamfer_gradients works column by column, in float and in double, whatever the number of threads") {
  const Index points = 30, clouds = 9;
  const Points x = test::random_points(points * clouds, 5), y = test::random_points(20 * clouds, 6);
  const auto dx = test::in_double(x), dy = test::in_double(y);
  std::vector<float> one(x.size()), two(x.size()), distance(clouds), distance_two(clouds);
  std::vector<double> gradient(x.size()), exact_distance(clouds);
  Cpu exec({}), threads({.threads = 2});
  const MatrixView<const float> mx(x.data(), 3 * points, clouds), my(y.data(), 60, clouds);
  chamfer_gradients(exec, mx, my, {one.data(), 3 * points, clouds}, distance);
  chamfer_gradients(threads, mx, my, {two.data(), 3 * points, clouds}, distance_two);
  chamfer_gradients(exec, MatrixView<const double>(dx.data(), 3 * points, clouds),
                    MatrixView<const double>(dy.data(), 60, clouds), {gradient.data(), 3 * points, clouds},
                    exact_distance);
  CHECK(test::same_bits(one, two));
  CHECK(test::same_bits(distance, distance_two));
  CHECK(test::relative_error(gradient, test::in_double(one)) < 1e-4);
  for (std::size_t c = 0; c < 9; ++c) {
    CHECK(static_cast<double>(distance[c]) == doctest::Approx(exact_distance[c]).epsilon(2e-6));
    const auto column = static_cast<Index>(c);
    CHECK(exact_distance[c] == doctest::Approx(chamfer_sum(Neighbors<1>{}, dx.data() + 3 * points * column, points,
                                                           dy.data() + 60 * column, 20)));
  }
}
