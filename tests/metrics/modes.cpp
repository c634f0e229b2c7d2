// SPDX-License-Identifier: Apache-2.0
#include "mace/metrics/modes.hpp"

#include <doctest/doctest.h>

#include "mace/core/philox.hpp"

using namespace mace;

namespace {

/// Points about some middles that are 3 apart along the first joint; `counts` of each, in turn.
std::vector<Vec<3>> heaps(const std::vector<int>& counts, float width) {
  std::vector<Vec<3>> points;
  Random random({7, Stream::evaluation, 0}, 0);
  for (std::size_t heap = 0; heap < counts.size(); ++heap)
    for (int i = 0; i < counts[heap]; ++i)
      points.push_back({3.0f * static_cast<float>(heap) + width * random.uniform(-1, 1), width * random.uniform(-1, 1),
                        width * random.uniform(-1, 1)});
  return points;
}

std::vector<Index> sizes(const auto& clusters) {
  std::vector<Index> sizes;
  for (const auto& cluster : clusters) sizes.push_back(cluster.size);
  return sizes;
}

}  // namespace

TEST_CASE("heaps are counted, largest first, and strays are not modes") {
  const auto points = heaps({300, 5, 600, 95}, 0.28f);  // any two of a heap are within 0.97
  const std::span<const Vec<3>> all(points);
  CHECK(sizes(clusters(all)) == std::vector<Index>{600, 300, 95, 5});
  CHECK(count_modes(all) == 3);
  CHECK(count_modes(all, {.least_share = 0}) == 4);
  CHECK(count_modes(all, {.least_share = 0.5}) == 1);
  CHECK(count_modes(all, {.radius = 100}) == 1);
}

TEST_CASE("a mode is reached by whatever is as near as its members") {
  const auto points = heaps({300, 5, 600, 95}, 0.28f);
  const auto modes = find_modes(std::span<const Vec<3>>(points));
  REQUIRE(sizes(modes) == std::vector<Index>{600, 300, 95});
  const auto reached = [&](const std::vector<Vec<3>>& q, double radius = 1) {
    return modes_reached(std::span(modes), std::span<const Vec<3>>(q), radius);
  };
  CHECK(reached(points) == 3);
  CHECK(reached({{6, 0, 0}, {6.1f, 0, 0}, {3, 0, 0}}) == 1);  // what is at 3 is a stray, not a mode
  CHECK(reached({{6, 0, 0}, {9, 0, 0}}) == 2);
  CHECK(reached({{6, 1.5f, 0}}) == 0);
  CHECK(reached({{6, 1.5f, 0}}, 2) == 1);
  CHECK(reached({}) == 0);
}

TEST_CASE("the radius is Euclidean, and belongs to the cluster") {
  const std::vector<Vec<2, double>> points{{0, 0}, {1, 0}, {0.8, 0.8}, {2, 0}};
  const std::span<const Vec<2, double>> all(points);
  CHECK(sizes(clusters(all)) == std::vector<Index>{2, 1, 1});
  CHECK(sizes(clusters(all, 1.2)) == std::vector<Index>{3, 1});
}

TEST_CASE("no configurations have no modes, and a radius that makes no sense is refused") {
  const std::span<const Vec<3>> none;
  CHECK(clusters(none).empty());
  CHECK(count_modes(none) == 0);
  CHECK_THROWS_AS(clusters(none, 0.0), Error);
}
