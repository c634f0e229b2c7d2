// SPDX-License-Identifier: Apache-2.0
#include "common/report_page.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "common/arm_page.hpp"
#include "examples/pixels.hpp"
#include "support/errors.hpp"

using namespace mace;
using namespace mace::examples;

namespace {

const std::string report_opening = R"(<script id="run" type="application/json">)";
const std::string report_template = "<!doctype html><p>before</p>" + report_opening + "null</script><p>after</p>\n";

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}
std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// What stands in a report in the place of null; the rest must be the template.
Json run_in(const std::string& report) {
  const std::size_t begin = report.find(report_opening) + report_opening.size(), end = report.find("</script>", begin);
  REQUIRE(end != std::string::npos);
  CHECK(report.substr(0, begin) + "null" + report.substr(end) == report_template);
  return Json::parse(report.substr(begin, end - begin));
}

RunPage small_page() {
  RunPage page{
      .title = "A run", .summary = "What it shows.", .settings = {{"seed", "7"}}, .table = ResultTable("tuned")};
  page.table.add("score", 2, 0.125, 0.75);
  page.table.add_of_prior("best", 1, 0.5);
  return page;
}

}  // namespace

TEST_CASE("a report is the page with the run in its place") {
  const test::Folder folder;
  write_text(folder / "page.html", report_template);
  RunPage page = small_page();
  page.seconds = {.total = 2, .sample = 0.5, .simulate = 0.25, .score = 0.125, .select = 0.0625, .fit = 1};
  page.history = {{.round = 0, .mean_score = 0.25f, .best_score = 0.5f, .threshold = 0.375f, .elites = 4},
                  {.round = 1, .mean_score = 0.5f, .best_score = 0.75f, .threshold = 0, .elites = 0}};
  ReportPage(folder / "page.html").write(folder / "report.html", page);
  const Json run = run_in(text_of(folder / "report.html"));
  CHECK(run["version"] == 1);
  CHECK(run["title"] == "A run");
  CHECK(run["settings"] == Json::parse(R"([["seed", "7"]])"));
  CHECK(run["table"] == Json::parse(R"({"columns": ["", "prior", "tuned"],
                                        "rows": [["score", "0.12", "0.75"], ["best", "0.5", ""]]})"));
  CHECK(run["phases"].size() == 5);
  CHECK(run["phases"][4] == Json::parse(R"({"name": "fit", "seconds": 1.0})"));
  CHECK(run["rounds"][0] == Json::parse(R"({"round": 1, "mean": 0.25, "best": 0.5, "threshold": 0.375})"));
  CHECK(run["rounds"][1]["threshold"].is_null());  // an infeasible round
}

TEST_CASE("a run without elites has no threshold, one whose phases are not known its total") {
  RunPage page = small_page();
  CHECK(page_json(page)["phases"] == Json::array());
  page.seconds.total = 3;
  page.history = {{.mean_score = 0.5f, .threshold = 0.25f, .elites = 4}};
  page.has_elites = false;
  const Json run = page_json(page);
  CHECK(run["rounds"][0]["threshold"].is_null());
  CHECK(run["phases"] == Json::parse(R"([{"name": "in all", "seconds": 3.0}])"));
}

TEST_CASE("no text of a run ends its element") {
  const test::Folder folder;
  write_text(folder / "page.html", report_template);
  const std::string hostile = "</script><script>alert(\"1\")</script><!-- ' \\ \n\t\x01 \xe2\x80\xa8 \xc3\xa4";
  RunPage page = small_page();
  page.title = hostile;
  page.settings = {{hostile, hostile}};
  page.table.add(hostile, 1, 1, 2);
  page.scene = {{"scores", {1.0, std::nan(""), std::numeric_limits<double>::infinity()}}};
  ReportPage(folder / "page.html").write(folder / "report.html", page);
  const Json run = run_in(text_of(folder / "report.html"));  // to the first </script>
  CHECK(run["title"] == hostile);
  CHECK(run["settings"][0][1] == hostile);
  CHECK(run["table"]["rows"][2][0] == hostile);
  CHECK(run["scene"]["scores"] == Json::parse("[1.0, null, null]"));
}

TEST_CASE("a name that is no UTF-8 does not stop a report, nor results") {
  CHECK(script_text(Json("a\xff<")) == "\"a\xef\xbf\xbd\\u003c\"");
  const test::Folder folder;
  write_json(folder / "out.json", {{"robot", "a\xff.urdf"}, {"score", 0.5}});
  CHECK(Json::parse(text_of(folder / "out.json")) == Json{{"robot", "a\xef\xbf\xbd.urdf"}, {"score", 0.5}});
}

TEST_CASE("a link's name on a page cannot end the element that it stands in") {
  const std::string name = "</script><b>\"x";
  const std::string text = script_text(link_json(name, {}));
  CHECK(text.find('<') == text.npos);
  CHECK(Json::parse(text)["name"] == name);
}

TEST_CASE("a page without exactly one place for a run is refused, and nothing is written") {
  const test::Folder folder;
  for (const std::string& page : {std::string(), std::string("<html></html>"), report_template + report_template}) {
    write_text(folder / "page.html", page);
    const std::string error =
        test::error_of([&] { ReportPage(folder / "page.html").write(folder / "report.html", small_page()); });
    CHECK(test::contains(error, "page.html: wanted a page with one place for a run's data"));
    CHECK(test::contains(error, page.size() > 100 ? "got more" : "got none"));
    CHECK(!std::filesystem::exists(folder / "report.html"));
  }
}

TEST_CASE("without a built page there is no report, and the other results stay") {
  const test::Folder folder;
  const ReportPage page(folder / "absent.html");
  CHECK(!page.built());
  ResultFolder results(folder / "out", ReportPage::with_report({"picture.png"}));
  write_text(results.file("picture.png"), "picture");
  page.write(results, small_page());
  results.commit();
  CHECK(text_of(folder / "out/picture.png") == "picture");
  CHECK(!std::filesystem::exists(folder / "out/report.html"));
}

TEST_CASE("a report appears with the other results") {
  const test::Folder folder;
  write_text(folder / "page.html", report_template);
  const ReportPage page(folder / "page.html");
  ResultFolder results(folder / "out", ReportPage::with_report({}));
  page.write(results, small_page());
  CHECK(!std::filesystem::exists(folder / "out/report.html"));
  results.commit();
  CHECK(run_in(text_of(folder / "out/report.html"))["title"] == "A run");
}
