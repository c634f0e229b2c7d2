// SPDX-License-Identifier: Apache-2.0
// The fast nearest-neighbor search against brute force in double and against nanoflann.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nanoflann.hpp>
#include <string>
#include <vector>

#include "mace/cloud/chamfer_cpu.hpp"
#include "support/clouds.hpp"
#include "support/machine.hpp"

using namespace mace;
using test::Points;

namespace {

/// Rounding of a few operations on nonnegative floats.
constexpr double tolerance = 2e-6;

Index count(const Points& p) {
  return static_cast<Index>(p.size() / 3);
}

/// A cloud changed point by point: f(x, y, z) writes the three coordinates.
template <class F>
Points changed(Points p, const F& f) {
  for (std::size_t i = 0; i < p.size(); i += 3) f(p[i], p[i + 1], p[i + 2]);
  return p;
}

struct Pair {
  std::string name;
  Points a, b;
};

std::vector<Pair> pairs() {
  std::vector<Pair> out;
  const auto line = [](float& x, float& y, float& z) { y = 2 * x, z = -x; };
  const auto plane = [](float&, float&, float& z) { z = 0.25f; };
  const auto grid = [](float& x, float& y, float& z) {
    for (float* v : {&x, &y, &z}) *v = std::round(4 * *v) / 4;
  };
  const auto far = [](float& x, float& y, float&) { x += 1000, y *= 1e-3f; };
  const auto one_place = [](float& x, float& y, float& z) { x = y = z = 0.125f; };
  out.push_back({"random", test::random_points(300, 0), test::random_points(411, 1)});
  out.push_back({"large", test::random_points(1500, 2), test::random_points(1100, 3)});
  out.push_back({"surface", test::box_points(1024, 0), test::box_points(700, 1)});
  out.push_back({"itself", test::box_points(200, 2), test::box_points(200, 2)});
  out.push_back({"duplicates", changed(test::random_points(500, 4), grid), changed(test::random_points(300, 5), grid)});
  out.push_back({"one place", changed(test::random_points(40, 6), one_place), test::random_points(90, 7)});
  out.push_back({"collinear", changed(test::random_points(130, 8), line), changed(test::random_points(90, 9), line)});
  out.push_back(
      {"coplanar", changed(test::random_points(130, 10), plane), changed(test::random_points(99, 11), plane)});
  out.push_back({"far apart", test::random_points(100, 12), changed(test::random_points(140, 13), far)});
  out.push_back({"unequal", test::random_points(7, 14), test::random_points(900, 15)});
  for (std::uint32_t n = 1; n <= 40; ++n)
    out.push_back({"tiny " + std::to_string(n), test::random_points(n, 100 + n), test::random_points(41 - n, 200 + n)});
  return out;
}

bool close(double got, double exact) {
  return exact == got || std::abs(got - exact) <= tolerance * exact;  // both may be infinity
}

template <int K>
double brute(const Points& from, const Points& to) {
  const auto a = test::in_double(from), b = test::in_double(to);
  return count(to) < K ? HUGE_VAL : directed_chamfer_sum(Neighbors<K>{}, a.data(), count(from), b.data(), count(to));
}

template <int K>
void compare_with_brute(const Pair& pair) {
  const SortedCloud a(pair.a), b(pair.b);
  const double forward = brute<K>(pair.a, pair.b), back = brute<K>(pair.b, pair.a);
  for (const Isa isa : test::available_isas()) {
    CAPTURE(pair.name);
    CAPTURE(K);
    CAPTURE(static_cast<int>(isa));
    CHECK(close(static_cast<double>(directed_chamfer_sum(Neighbors<K>{}, isa, a, b)), forward));
    CHECK(close(static_cast<double>(directed_chamfer_sum(Neighbors<K>{}, isa, b, a)), back));
    CHECK(close(static_cast<double>(chamfer_sum(Neighbors<K>{}, isa, a, b)), forward + back));
  }
}

/// What nanoflann wants to know of a cloud.
struct Tree {
  const Points& xyz;
  std::size_t kdtree_get_point_count() const { return xyz.size() / 3; }
  float kdtree_get_pt(std::size_t i, std::size_t axis) const { return xyz[3 * i + axis]; }
  template <class Box>
  bool kdtree_get_bbox(Box&) const {
    return false;
  }
};

}  // namespace

TEST_CASE("the k-wise Chamfer distance agrees with brute force") {
  for (const Pair& pair : pairs()) {
    compare_with_brute<1>(pair);
    compare_with_brute<2>(pair);
    compare_with_brute<5>(pair);
  }
}

TEST_CASE("the brute force gives the values of a small example") {
  // Points on a line: from 0 and 3 to 1, 5 and 6.
  const double a[] = {0, 0, 0, 3, 0, 0}, b[] = {1, 0, 0, 5, 0, 0, 6, 0, 0};
  CHECK(directed_chamfer_sum(Neighbors<1>{}, a, 2, b, 3) == 1 + 4);
  CHECK(directed_chamfer_sum(Neighbors<2>{}, a, 2, b, 3) == doctest::Approx((1 + 25) / 2.0 + (4 + 4) / 2.0));
  CHECK(directed_chamfer_sum(Neighbors<2>{}, b, 3, a, 2) == doctest::Approx((1 + 4 + 25 + 4 + 36 + 9) / 2.0));
  CHECK(chamfer_sum(Neighbors<1>{}, a, 2, b, 3) == 5 + (1 + 4 + 9));
  CHECK(chamfer_mean(Neighbors<1>{}, a, 2, b, 3) == doctest::Approx(5 / 2.0 + 14 / 3.0));
  CHECK(std::isinf(directed_chamfer_sum(Neighbors<4>{}, a, 2, b, 3)));
}

TEST_CASE("the nearest target that the search names is one of the nearest") {
  for (const Pair& pair : pairs())
    for (const Isa isa : test::available_isas()) {
      CAPTURE(pair.name);
      CAPTURE(static_cast<int>(isa));
      const SortedCloud queries(pair.a), targets(pair.b);
      detail::NearestResult result;
      result.reserve(queries, targets);
      dispatch(isa, nearest::Kernel<1>{}, &queries, &targets, result.bounds.data(), result.mean.data(),
               result.index.data());
      bool nearest = true;
      for (Index i = 0; i < queries.points(); ++i) {
        const auto p = test::in_double({&pair.a[static_cast<std::size_t>(3 * queries.original(i))],
                                        &pair.a[static_cast<std::size_t>(3 * queries.original(i))] + 3});
        const auto cloud = test::in_double(pair.b);
        double least = HUGE_VAL;
        for (Index j = 0; j < count(pair.b); ++j)
          least = std::min(least, squared_distance(p.data(), &cloud[static_cast<std::size_t>(3 * j)]));
        const Index named = result.index[static_cast<std::size_t>(i)];
        REQUIRE((named >= 0 && named < count(pair.b)));
        nearest = nearest &&
                  squared_distance(p.data(), &cloud[static_cast<std::size_t>(3 * named)]) <= least * (1 + tolerance);
      }
      CHECK(nearest);
    }
}

TEST_CASE("the search agrees with nanoflann") {
  const Points a = test::box_points(2048, 7), b = test::box_points(2048, 8);
  const Tree adaptor{b};
  const nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<float, Tree>, Tree, 3> tree(3, adaptor);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); i += 3) {
    std::uint32_t index[5];
    float squared[5];
    CHECK(tree.knnSearch(&a[i], 5, index, squared) == 5);
    for (const float d : squared) sum += static_cast<double>(d) / 5;
  }
  for (const Isa isa : test::available_isas())
    CHECK(close(static_cast<double>(directed_chamfer_sum(Neighbors<5>{}, isa, SortedCloud(a), SortedCloud(b))), sum));
}

TEST_CASE("the search is exact for clouds of any size that a float can square") {
  for (const float scale : {1e-42f, 1e-15f, 1e15f, 1e18f}) {
    CAPTURE(scale);
    const auto sized = [&](float& x, float& y, float& z) { x *= scale, y *= scale, z *= scale; };
    for (const float offset : {0.0f, scale}) {
      const auto moved = [&](float& x, float&, float&) { x += offset; };
      const Points a = changed(changed(test::random_points(37, 30), sized), moved);
      const Points b = changed(changed(test::random_points(50, 31), sized), moved);
      const SortedCloud from(a), to(b);
      for (const Isa isa : test::available_isas()) {
        const double sum = static_cast<double>(directed_chamfer_sum(Neighbors<1>{}, isa, from, to));
        CHECK(std::abs(sum - brute<1>(a, b)) <= tolerance * brute<1>(a, b) + 1e-36);  // denormal squares lose digits
      }
    }
  }
}

TEST_CASE("a cloud with a point that is not finite has distance NaN, whichever point and coordinate it is") {
  const Points whole = test::random_points(50, 40);
  const SortedCloud other(test::random_points(33, 41));
  for (const float bad : {numeric::infinity, -numeric::infinity, numeric::not_a_number, -numeric::not_a_number})
    for (const std::size_t where : {0u, 1u, 77u, 149u}) {
      CAPTURE(bad);
      CAPTURE(where);
      Points broken = whole;
      broken[where] = bad;
      const SortedCloud cloud(broken);
      CHECK_FALSE(cloud.finite());
      std::vector<PartialCloud<50>> clouds(2);
      std::copy(broken.begin(), broken.end(), clouds[0].xyz);
      std::copy(whole.begin(), whole.end(), clouds[1].xyz);
      clouds[0].count = clouds[1].count = 50;
      std::vector<float> sums(2), gradient(150);
      for (const Isa isa : test::available_isas()) {
        CHECK(std::isnan(directed_chamfer_sum(Neighbors<5>{}, isa, cloud, other)));
        CHECK(std::isnan(directed_chamfer_sum(Neighbors<5>{}, isa, other, cloud)));
        CHECK(std::isnan(chamfer_gradient(isa, broken.data(), 50, whole.data(), 50, gradient.data())));
        CHECK(std::isnan(gradient[7]));
        Cpu exec({.isa = isa});
        const CloudIndex<HostSpace> index(exec, test::random_points(33, 41));
        for (const Direction direction : {Direction::both, Direction::to_observation, Direction::from_observation}) {
          chamfer_sums<5, 50>(exec, {}, clouds, index, direction, sums);
          CHECK(std::isnan(sums[0]));
          CHECK(std::isfinite(sums[1]));
        }
      }
    }
}

TEST_CASE("a search names points of the cloud only, whatever the numbers") {
  const float numbers[] = {0.0f,
                           -0.0f,
                           1e-45f,
                           1e-40f,
                           1.0f,
                           1e18f,
                           -1e18f,
                           1e30f,
                           3.4e38f,
                           -3.4e38f,
                           numeric::infinity,
                           -numeric::infinity,
                           numeric::not_a_number};
  Random random({41, Stream::evaluation, 0}, 0);
  for (int repeat = 0; repeat < 300; ++repeat) {
    const auto cloud = [&] {
      Points xyz(3 * (1 + random.word() % 40));
      for (float& x : xyz) x = numbers[random.word() % (repeat % 2 == 0 ? 10 : std::size(numbers))];
      return xyz;
    };
    const Points a = cloud(), b = cloud();
    const SortedCloud queries(a), targets(b);
    std::vector<int> seen(a.size() / 3);
    for (Index i = 0; i < count(a); ++i) ++seen[static_cast<std::size_t>(queries.original(i))];
    CHECK(std::count(seen.begin(), seen.end(), 1) == count(a));
    for (const Isa isa : test::available_isas()) {
      detail::NearestResult result;
      result.reserve(queries, targets);
      dispatch(isa, nearest::Kernel<1>{}, &queries, &targets, result.bounds.data(), result.mean.data(),
               result.index.data());
      for (Index i = 0; i < count(a); ++i) {
        const Index named = result.index[static_cast<std::size_t>(i)];
        CHECK((named >= 0 && named < count(b)));
      }
    }
  }
}

TEST_CASE("a cloud without points is sorted and searched") {
  SortedCloud empty(test::random_points(20, 1));
  empty.assign(nullptr, 0);
  const SortedCloud cloud(test::random_points(20, 2));
  CHECK(empty.points() == 0);
  CHECK(empty.blocks() == 0);
  for (const Isa isa : test::available_isas()) {
    CHECK(directed_chamfer_sum(Neighbors<1>{}, isa, empty, cloud) == 0.0f);
    CHECK(std::isinf(directed_chamfer_sum(Neighbors<1>{}, isa, cloud, empty)));
  }
}

TEST_CASE("a sorted cloud holds each point once and can be assigned again") {
  SortedCloud sorted;
  for (const Index points : {100, 17, 33, 1}) {
    CAPTURE(points);
    const Points xyz = test::random_points(points, static_cast<std::uint32_t>(points));
    sorted.assign(xyz.data(), points);
    std::vector<int> seen(static_cast<std::size_t>(points));
    for (Index i = 0; i < points; ++i) {
      const Index original = sorted.original(i);
      ++seen[static_cast<std::size_t>(original)];
      for (int axis = 0; axis < 3; ++axis)
        CHECK(sorted.coordinate(axis)[i] == xyz[static_cast<std::size_t>(3 * original + axis)]);
    }
    CHECK(std::count(seen.begin(), seen.end(), 1) == points);
  }
}
