// SPDX-License-Identifier: Apache-2.0
#include "common/thinned.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "mace/core/philox.hpp"

using namespace mace;
using namespace mace::examples;

namespace {

/// Points (i, i, i).
std::vector<float> diagonal(std::size_t points) {
  std::vector<float> xyz;
  for (std::size_t i = 0; i < points; ++i) xyz.insert(xyz.end(), 3, static_cast<float>(i));
  return xyz;
}

}  // namespace

TEST_CASE("a cloud is thinned at equal steps to so many points at the most") {
  CHECK(thinned(diagonal(5), 5) == diagonal(5));
  CHECK(thinned(diagonal(5), 3) == std::vector<float>{0, 0, 0, 2, 2, 2, 4, 4, 4});
  CHECK(thinned(diagonal(6), 5).size() == 3 * 3);
  CHECK(thinned({}, 5).empty());
}

TEST_CASE("points are drawn without replacement, each as often as another, in their order") {
  CHECK(drawn_points(diagonal(3), 4, Random({1, Stream::user, 0}, 0)) == diagonal(3));
  CHECK(drawn_points(diagonal(3), 3, Random({1, Stream::user, 0}, 0)) == diagonal(3));
  CHECK(drawn_points({}, 3, Random({1, Stream::user, 0}, 0)).empty());
  const std::vector<float> all = diagonal(8);
  std::vector<int> times(8);
  const int draws = 4000;
  for (std::uint32_t i = 0; i < draws; ++i) {
    const std::vector<float> some = drawn_points(all, 3, Random({1, Stream::user, 0}, i));
    REQUIRE(some.size() == 9);
    for (std::size_t p = 0; p < 9; p += 3) {
      CHECK(some[p] == some[p + 2]);
      if (p > 0) CHECK(some[p] > some[p - 3]);
      ++times[static_cast<std::size_t>(some[p])];
    }
  }
  // 1500 each, with a standard deviation of 31: five of these, a false alarm in 200,000.
  for (const int count : times) CHECK(std::abs(count - draws * 3 / 8) < 153);
}
