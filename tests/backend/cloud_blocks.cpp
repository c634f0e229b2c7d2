// SPDX-License-Identifier: Apache-2.0
// The bodies of the kernels that search clouds on a device, run by threads of the host.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "mace/cloud/chamfer_block.hpp"
#include "mace/cloud/chamfer_gradient_block.hpp"
#include "mace/cloud/contact_block.hpp"
#include "mace/core/philox.hpp"
#include "mace/simulate/half_space_cut_block.hpp"
#include "support/host_block.hpp"

using namespace mace;
using test::run_blocks;

namespace {

/// Points in the unit cube, every tenth of which stands twice.
template <class Real = float>
std::vector<Real> points(Index count, std::uint32_t draw) {
  Random random({81, Stream::evaluation, draw}, 0);
  std::vector<Real> xyz(static_cast<std::size_t>(3 * count));
  for (Real& x : xyz) x = static_cast<Real>(random.uniform(-0.5f, 0.5f));
  for (std::size_t i = 30; i < xyz.size(); i += 30)
    std::copy_n(xyz.begin(), 3, xyz.begin() + static_cast<std::ptrdiff_t>(i));
  return xyz;
}

template <int K>
void check_chamfer(Index observed_points) {
  CAPTURE(K);
  CAPTURE(observed_points);
  constexpr int capacity = 1300;  // more than a tile
  const std::vector<float> observed = points(observed_points, 1);
  const std::int32_t counts[] = {capacity, 1, K - 1, K, 1025};
  std::vector<PartialCloud<capacity>> clouds(5);
  for (std::size_t c = 0; c < 5; ++c) {
    const std::vector<float> xyz = points(counts[c], 2 + static_cast<std::uint32_t>(c));
    std::copy(xyz.begin(), xyz.end(), clouds[c].xyz);
    clouds[c].count = counts[c];
  }
  for (const Direction direction : {Direction::both, Direction::to_observation, Direction::from_observation}) {
    std::vector<float> sums(10, -1);
    run_blocks(
        8, 10,
        detail::ChamferBlocks<K, capacity>{clouds.data(), observed.data(), observed_points, direction, sums.data()});
    for (std::size_t c = 0; c < 5; ++c) {
      CAPTURE(c);
      const auto [xyz, count] = clouds[c];
      float wanted = count < K ? numeric::infinity : 0;
      if (direction != Direction::from_observation)
        wanted += directed_chamfer_sum(Neighbors<K>{}, xyz, count, observed.data(), observed_points);
      if (direction != Direction::to_observation)
        wanted += directed_chamfer_sum(Neighbors<K>{}, observed.data(), observed_points, xyz, count);
      const float got = sums[2 * c] + sums[2 * c + 1];
      CHECK((got == wanted || std::abs(got - wanted) <= 1e-5f * wanted));
    }
  }
}

template <class Real>
void check_gradient(Index x_points, Index y_points) {
  CAPTURE(x_points);
  constexpr Index clouds = 3;
  const std::vector<Real> x = points<Real>(clouds * x_points, 20), y = points<Real>(clouds * y_points, 21);
  std::vector<Real> dx(x.size(), 7), wanted(x.size());
  Real distances[clouds];
  std::vector<std::int32_t> partners(static_cast<std::size_t>(clouds * (x_points + y_points)));
  run_blocks(8, clouds,
             detail::ChamferGradientBlocks<Real>{{x.data(), 3 * x_points, clouds},
                                                 {y.data(), 3 * y_points, clouds},
                                                 {dx.data(), 3 * x_points, clouds},
                                                 distances,
                                                 partners.data()});
  for (Index c = 0; c < clouds; ++c) {
    const Real distance = chamfer_gradient(x.data() + 3 * x_points * c, x_points, y.data() + 3 * y_points * c, y_points,
                                           wanted.data() + 3 * x_points * c);
    CHECK(distances[c] == doctest::Approx(static_cast<double>(distance)).epsilon(1e-5));
  }
  CHECK(dx == wanted);
}

}  // namespace

TEST_CASE("blocks find the Chamfer sums of the formula") {
  for (const Index observed : {1, 5, 600, 2049}) {
    check_chamfer<1>(observed);
    check_chamfer<5>(observed);
  }
  check_chamfer<32>(70);
}

TEST_CASE("blocks find the Chamfer gradient of the formula") {
  for (const Index count : {1, 7, 300}) {
    check_gradient<float>(count, count);
    check_gradient<double>(count, 50);
  }
}

TEST_CASE("blocks find the contacts of the formula") {
  constexpr int size = 1000;
  const std::vector<Ray> rays{{{1, 0, 0}}, {{0, -1, 0}}, {{0, 0.6f, 0.8f}, {0.1f, 0, 0}}, {{0, 0, 1}, {9, 9, 9}}};
  const auto fingers = make_fingers<8>(rays, 0.04f);
  std::vector<Cloud<size>> clouds(4);
  for (std::size_t c = 0; c < 4; ++c) {
    const std::vector<float> xyz = points(size, 30 + static_cast<std::uint32_t>(c));
    std::copy(xyz.begin(), xyz.end(), clouds[c].xyz);
  }
  for (const int i : {900, 200}) {  // as far along as each other: the first counts
    const float far[] = {3, 0, i > 800 ? 0.01f : -0.01f};
    std::copy_n(far, 3, clouds[1].xyz + 3 * i);
  }
  clouds[2].xyz[2999] = numeric::not_a_number;
  std::vector<Contacts<8>> got(4);
  run_blocks(8, 4, detail::ContactBlocks<size, 8>{fingers, clouds.data(), got.data()});
  for (std::size_t c = 0; c < 4; ++c) {
    CAPTURE(c);
    const Contacts<8> wanted = find_contacts(fingers, clouds[c].xyz, size);
    CHECK(got[c].count == wanted.count);
    for (int f = 0; f < 4; ++f) {
      CHECK(got[c].touched[f] == wanted.touched[f]);
      CHECK(std::memcmp(got[c].point[f].v, wanted.point[f].v, sizeof wanted.point[f].v) == 0);
    }
  }
}

TEST_CASE("blocks keep the points of a half space in order") {
  constexpr int size = 130;
  std::vector<Cloud<size>> clouds(2);
  for (std::size_t c = 0; c < 2; ++c) {
    const std::vector<float> xyz = points(size, 40 + static_cast<std::uint32_t>(c));
    std::copy(xyz.begin(), xyz.end(), clouds[c].xyz);
  }
  for (const float offset : {-9.0f, 0.1f, 9.0f}) {  // all, some, none
    CAPTURE(offset);
    const CutPlane half{{0.6f, 0, 0.8f}, offset};
    std::vector<PartialCloud<size>> parts(2);
    run_blocks(8, 2, detail::CutBlocks<size>{half, clouds.data(), parts.data()});
    for (std::size_t c = 0; c < 2; ++c) {
      std::vector<float> wanted;
      for (int p = 0; p < size; ++p)
        if (half.contains(clouds[c].xyz + 3 * p))
          wanted.insert(wanted.end(), clouds[c].xyz + 3 * p, clouds[c].xyz + 3 * p + 3);
      REQUIRE(parts[c].count == static_cast<std::int32_t>(wanted.size() / 3));
      CHECK(std::vector<float>(parts[c].xyz, parts[c].xyz + wanted.size()) == wanted);
    }
  }
}
