// SPDX-License-Identifier: Apache-2.0
#include "mace/collision/support_table.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "mace/collision/gjk.hpp"
#include "support/bodies.hpp"

using namespace mace;

namespace {

using V = Vec<3, double>;

/// The table's vertex is one of the polytope's, and as far as any, along random directions and those where squares of
/// the table meet.
void check(const Polytope& polytope, Random& random) {
  const SupportTable table(polytope);
  const auto check_along = [&](const V& direction) {
    const V found = table.support_point(direction), wanted = support_point(polytope, direction);
    CHECK(dot(wanted - found, direction) <= 1e-15 * norm(direction));
  };
  for (int i = 0; i < 500; ++i) check_along((i % 2 ? 1.0 : 1e-6) * test::direction_in(random));
  for (int x = -4; x <= 4; ++x)
    for (int y = -4; y <= 4; ++y)
      for (int z = -4; z <= 4; ++z)
        if (x != 0 || y != 0 || z != 0) check_along({x / 4.0, y / 4.0, z / 4.0});
}

}  // namespace

TEST_CASE("a support table finds the farthest vertex of any polytope") {
  Random random(RandomKey{.seed = 1}, 0);
  for (const int points : {1, 2, 5, 50, 1000}) {
    Polytope ball, cloud, flat, line;
    for (int i = 0; i < points; ++i) {
      ball.push_back(test::direction_in(random));
      cloud.push_back({test::uniform(random, 1), test::uniform(random, 1), test::uniform(random, 1)});
      flat.push_back({cloud.back()[0], cloud.back()[1], 0.5});
      line.push_back({0.1, cloud.back()[1], 0});
    }
    for (const Polytope& polytope : {ball, cloud, flat, line, Polytope(3, V{1, 2, 3})}) check(polytope, random);
  }
}

TEST_CASE("a support table refuses what is no polytope") {
  CHECK_THROWS_WITH_AS(SupportTable({}), "SupportTable: wanted a polytope with vertices, got none", Error);
  CHECK_THROWS_WITH_AS(SupportTable({{1, 2, std::numeric_limits<double>::infinity()}}),
                       "SupportTable: wanted finite vertices, got 1, 2, inf", Error);
}
