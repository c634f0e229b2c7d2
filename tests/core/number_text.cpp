// SPDX-License-Identifier: Apache-2.0
#include "mace/core/number_text.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <sstream>
#include <string>

#include "mace/core/error.hpp"
#include "support/comma_locale.hpp"
#include "support/errors.hpp"

using namespace mace;

TEST_CASE("numbers as text are printf's in the C locale") {
  const auto check = [] {
    CHECK(detail::number_text(0.1) == "0.1");
    CHECK(detail::number_text(0.1f) == "0.1");
    CHECK(detail::number_text(1234567) == "1234567");
    CHECK(detail::fixed_text(1234.5678, 2) == "1234.57");
    CHECK(detail::fixed_text(-0.5, 0) == "-0");
    CHECK(detail::fixed_text(2.5, 0) == "2");  // ties to even
    CHECK(detail::fixed_text(-std::numeric_limits<double>::max(), 100).size() == 1 + 309 + 1 + 100);
    CHECK(detail::general_text(1234.5678, 6) == "1234.57");
    CHECK(detail::general_text(1e-5, 3) == "1e-05");
    CHECK(detail::general_text(0.1, 17) == "0.10000000000000001");
    CHECK(detail::general_text(std::numeric_limits<double>::infinity(), 3) == "inf");
  };
  check();
  const test::CommaLocale locale;
  REQUIRE((std::ostringstream() << 1234.5).str() == "1.234,5");
  check();
}

TEST_CASE("the message of an error is the same in every locale") {
  const auto message = [] { return test::error_of([] { fail("wanted 0.5, got ", 1234.5, " of ", 100000); }); };
  CHECK(test::with_comma_locale(message) == "wanted 0.5, got 1234.5 of 100000");
}
