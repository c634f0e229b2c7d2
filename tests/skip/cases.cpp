// SPDX-License-Identifier: Apache-2.0
// Test cases of which status.sh runs some at a time. Some fail on purpose.
#include <doctest/doctest.h>

#include "support/skip.hpp"

using mace::test::skip;

TEST_CASE("pass") {
  CHECK(true);
}

TEST_CASE("skip") {
  skip("on purpose");
}

TEST_CASE("pass then skip then pass") {
  CHECK(true);
  skip("on purpose");
  CHECK(true);
}

TEST_CASE("skip then fail") {
  skip("on purpose");
  CHECK(false);
}

TEST_CASE("fail then skip") {
  CHECK(false);
  skip("on purpose");
}

TEST_CASE("skip then throw") {
  skip("on purpose");
  throw 1;
}

TEST_CASE("fail") {
  CHECK(false);
}
