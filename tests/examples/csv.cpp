// SPDX-License-Identifier: Apache-2.0
#include "common/csv.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "common/range.hpp"
#include "common/report_page.hpp"
#include "examples/pixels.hpp"
#include "mace/io/atomic_file.hpp"
#include "support/comma_locale.hpp"

using namespace mace;
using namespace mace::examples;

TEST_CASE("fields of a table are quoted where they have to be") {
  CHECK(csv_field("joint1") == "joint1");
  CHECK(csv_field("") == "");
  CHECK(csv_field("axis 1; base") == "axis 1; base");
  CHECK(csv_field("axis 1, base") == "\"axis 1, base\"");
  CHECK(csv_field("axis \"2\"") == "\"axis \"\"2\"\"\"");
  CHECK(csv_field("a\nb") == "\"a\nb\"");
  CHECK(csv_field("a\r") == "\"a\r\"");
}

TEST_CASE("a table, its captions and a page's numbers are the same in every locale") {
  const test::Folder folder;
  const test::CommaLocale locale;
  write_csv(folder / "a.csv", std::vector<std::string>{"a,b", "c"},
            std::vector<std::vector<double>>{{0.1, -1234.5}, {1, 2e-7}}, 17);
  const std::vector<std::byte> bytes = read_file(folder / "a.csv");
  CHECK(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) ==
        "\"a,b\",c\n0.10000000000000001,-1234.5\n1,1.9999999999999999e-07\n");
  CHECK(to_text(-1234.56, 1) == "\u22121234.6");
  CHECK(setting_text(1234.5) == "1234.5");
  ResultTable table("tuned");
  table.add("score", 3, 1234.5, 0.25);
  CHECK(table.rows()[0].prior == "1234.500");
  CHECK(script_text(Json{{"x", 1234.5}, {"n", 123456}}) == R"({"x":1234.5,"n":123456})");
}
