// SPDX-License-Identifier: Apache-2.0
#include "mace/score/contact_match.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "mace/score/concept.hpp"
#include "support/contacts.hpp"

using namespace mace;
using test::contacts_at, test::without;

static_assert(OutcomeScore<ContactMatch<>> && std::is_trivially_copyable_v<ContactMatch<>>);

TEST_CASE("the score is 1 less the mean distance of contacts, on a logarithm") {
  const auto observed = contacts_at({{0.5f, 0, 0}, {0, 0.25f, 0}});
  const ContactMatch<> match(observed);
  CHECK(match.error(observed) == 0);
  CHECK(match(observed) == doctest::Approx(0));
  const auto off = contacts_at({{0.2f, 0.4f, 0}, {0, 0.25f, 0.1f}});  // 0.5 and 0.1 away
  CHECK(match.error(off) == doctest::Approx(0.3));
  CHECK(match(off) == doctest::Approx(std::log(0.7)));
  const auto far = contacts_at({{0.5f, 0, 2.5f}, {0, 0.25f, 0}});
  CHECK(match.error(far) == doctest::Approx(1.25));
  CHECK(match(far) == -numeric::infinity);
}

TEST_CASE("where one of the two touches, a finger's term is 1, and where neither does, 0") {
  const auto both = contacts_at({{0.5f, 0, 0}, {0, 0.25f, 0}, {0, 0, 0.1f}, {0, 0, 0.2f}});
  const ContactMatch<> all(both), three(without(both, 1));
  CHECK(all.error(without(both, 1)) == 0.25f);
  CHECK(three.error(both) == 0.25f);
  CHECK(three.error(without(both, 1)) == 0);
  CHECK(three.error(without(without(both, 1), 2)) == 0.25f);
  // An untouched contact keeps its place out of the score, even at the observed one's.
  auto there = both;
  there.touched[1] = false;
  CHECK(all.error(there) == 0.25f);
  // A single finger that met nothing: a sample that touches is infeasible.
  const auto one = contacts_at({{0.5f, 0, 0}});
  CHECK(ContactMatch<>(without(one, 0))(one) == -numeric::infinity);
  CHECK(ContactMatch<>(without(one, 0))(without(one, 0)) == 0);
}

TEST_CASE("an outcome with NaN, or with other fingers, has no score") {
  const auto observed = contacts_at({{0.5f, 0, 0}, {0, 0.25f, 0}});
  auto lost = observed;
  lost.point[1][2] = numeric::not_a_number;
  CHECK(std::isnan(ContactMatch<>(observed)(lost)));
  CHECK(std::isnan(ContactMatch<>(without(observed, 1))(lost)));
  CHECK(std::isnan(ContactMatch<>(observed)(contacts_at({{0.5f, 0, 0}}))));
}

TEST_CASE("ContactMatch refuses a bad observation") {
  auto observed = contacts_at<2>({{0.5f, 0, 0}, {0, 0.25f, 0}});
  const auto with = [&](std::int32_t count) {
    observed.count = count;
    return observed;
  };
  CHECK_THROWS_WITH_AS(ContactMatch<2>(with(0)), "ContactMatch: wanted 1 to 2 contacts, got 0", Error);
  CHECK_THROWS_WITH_AS(ContactMatch<2>(with(3)), "ContactMatch: wanted 1 to 2 contacts, got 3", Error);
  observed.point[1][2] = numeric::not_a_number;
  CHECK_THROWS_WITH_AS(ContactMatch<2>(with(2)), "ContactMatch: contact 1: wanted finite coordinates, got nan", Error);
  CHECK_NOTHROW(ContactMatch<2>(with(1)));
}
