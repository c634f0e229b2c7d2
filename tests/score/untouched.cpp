// SPDX-License-Identifier: Apache-2.0
#include "mace/score/untouched.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "mace/score/concept.hpp"
#include "support/contacts.hpp"

using namespace mace;
using test::contacts_at, test::without;

static_assert(OutcomeScore<Untouched<>> && std::is_trivially_copyable_v<Untouched<>>);

TEST_CASE("the score falls with how far up the ray a sample is touched") {
  const std::vector<Ray> rays{{{0, 0, 1}, {0.5f, 0, -0.25f}}, {{1, 0, 0}}};
  const Untouched<> score(make_fingers<8>(rays, 0.04f), 0.2f);
  const auto both = contacts_at({{0.52f, 0.01f, 0.15f}, {0.2f, 0, 0.03f}});  // 0.4 and 0.2 up
  CHECK(score(both) == doctest::Approx(-0.3 / 0.2));
  CHECK(score(without(both, 0)) == doctest::Approx(-0.1 / 0.2));
  CHECK(score(without(without(both, 0), 1)) == 0);
  auto lost = both;
  lost.point[1][0] = numeric::not_a_number;
  CHECK(std::isnan(score(lost)));
  CHECK(std::isnan(score(contacts_at({{0.2f, 0, 0}}))));
}

TEST_CASE("Untouched refuses a bad scale") {
  const auto fingers = make_fingers<8>(std::vector<Ray>{{{0, 0, 1}}}, 0.04f);
  CHECK_THROWS_WITH_AS(Untouched<>(fingers, 0), "Untouched: wanted a scale above 0, got 0", Error);
  CHECK_THROWS_AS(Untouched<>(fingers, numeric::not_a_number), Error);
}
