// SPDX-License-Identifier: Apache-2.0
#include "mace/io/json.hpp"

#include <doctest/doctest.h>

#include <string>

#include "support/errors.hpp"

using namespace mace;
using nlohmann::ordered_json;

namespace {

std::string refusal(const std::string& text) {
  return test::error_of([&] { detail::parse_json(text, "a.json"); });
}

}  // namespace

TEST_CASE("JSON is read, in the order of its keys if that is wanted") {
  const std::string text = R"({"b": [1, {"c": null}], "a": {"b": true, "c": "\u00e4"}})";
  CHECK(detail::parse_json(text, "a.json") == nlohmann::json::parse(text));
  CHECK(detail::parse_json<ordered_json>(text, "a.json").dump() == ordered_json::parse(text).dump());
  CHECK(detail::parse_json("\xef\xbb\xbf 1 \r\n", "a.json") == 1);
}

TEST_CASE("a key that an object has twice is refused with its place") {
  CHECK(refusal(R"({"a": 1, "a": 1})") == "a.json: wanted each key once, got 'a' twice");
  CHECK(refusal(R"([[0, {"a": [1, {"b": 2}]}, {"b": {"c": 0, "d": 0, "c": 0}}]])") ==
        "a.json[0][2]: b: wanted each key once, got 'c' twice");
  CHECK(refusal(R"([{"a": 1}, {"a": 1}, {"a": {"a": {"a": 1}}}])") == "");
  CHECK(refusal("{\"a\\n\": {\"\\u001b\": 0, \"\\u001b\": 0}}") == "a.json: a?: wanted each key once, got '?' twice");
}

TEST_CASE("text that is not UTF-8 is refused where JSON or HTML is to hold it") {
  CHECK_NOTHROW(detail::require_utf8("", "name"));
  CHECK_NOTHROW(detail::require_utf8("achse \xc3\xb6 </script> \x01", "name"));
  CHECK(test::error_of([] { detail::require_utf8("pr\xe9henseur", "arm.urdf: the tip's name"); }) ==
        "arm.urdf: the tip's name: wanted text in UTF-8, got 'pr?henseur'");
  CHECK_THROWS_AS(detail::require_utf8("\xc3", "name"), Error);          // cut off
  CHECK_THROWS_AS(detail::require_utf8("\xc0\xaf", "name"), Error);      // longer than needed
  CHECK_THROWS_AS(detail::require_utf8("\xed\xa0\x80", "name"), Error);  // half of a surrogate pair
}
