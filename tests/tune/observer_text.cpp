// SPDX-License-Identifier: Apache-2.0
// What observers write of a round.
#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "mace/tune/observers.hpp"
#include "support/comma_locale.hpp"

using namespace mace;

namespace {

std::string temporary(const std::string& name) {
  return (std::filesystem::temp_directory_path() / ("mace_test_tune_" + name)).string();
}

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("CsvLog writes a line a round") {
  const std::string path = temporary("log.csv");
  {
    CsvLog log(path);
    log({.round = 0,
         .rounds = 2,
         .mean_score = 0.5f,
         .best_score = 1,
         .threshold = 0.25f,
         .elites = 4,
         .effective_samples = 4,
         .seconds = 1.5});
    log({.round = 1,
         .rounds = 2,
         .mean_score = 0.75f,
         .best_score = 1,
         .threshold = 0.5f,
         .elites = 4,
         .effective_samples = 2.5,
         .seconds = 3,
         .power = 0.5});
  }
  CHECK(contents(path) ==
        "round,seconds,mean_score,best_score,threshold,elites,effective_samples,power\n"
        "0,1.5,0.5,1,0.25,4,4,1\n1,3,0.75,1,0.5,4,2.5,0.5\n");
  std::filesystem::remove(path);
  CHECK_THROWS_WITH_AS(CsvLog("/nowhere/log.csv"), "CsvLog: could not write to \"/nowhere/log.csv\"", Error);
}

TEST_CASE("what observers write is the same in every locale") {
  const std::string path = temporary("locale.csv");
  const RoundRecord round{.round = 1234,
                          .rounds = 2000,
                          .mean_score = 0.75f,
                          .best_score = 0.875f,
                          .threshold = 0.5f,
                          .elites = 2048,
                          .effective_samples = 1024.5,
                          .seconds = 1.5,
                          .power = 0.25};
  const test::CommaLocale locale;
  CsvLog log(path);
  log(round);
  CHECK(contents(path).ends_with("power\n1234,1.5,0.75,0.875,0.5,2048,1024.5,0.25\n"));
  std::filesystem::remove(path);
  CHECK(detail::describe(round) == "round 1235, mean score 0.750, best 0.875, power 0.25, worth 1024 samples");

  std::FILE* const file = std::fopen(path.c_str(), "w");
  REQUIRE(file != nullptr);
  Progress("tuning", file)(0.5, "a note");
  std::fclose(file);
  CHECK(contents(path) == "tuning:  50 %, 0.0 s, a note\n");
  std::filesystem::remove(path);
}

TEST_CASE("ShowProgress writes plain lines where there is no terminal") {
  const std::string path = temporary("progress.txt");
  std::FILE* const file = std::fopen(path.c_str(), "w");
  REQUIRE(file != nullptr);
  {
    Progress progress("tuning", file);
    for (const double done : {0.0, 0.04, 0.5, 0.52, 1.0}) progress(done, "a note");
  }
  std::fclose(file);
  std::istringstream lines(contents(path));
  std::vector<std::string> found;
  for (std::string line; std::getline(lines, line);) found.push_back(line.substr(0, 13));
  CHECK(found == std::vector<std::string>{"tuning:   0 %", "tuning:  50 %", "tuning: 100 %"});
  std::filesystem::remove(path);
}

TEST_CASE("ShowProgress tells of power and weights where they say something") {
  RoundRecord round{.round = 1, .rounds = 2, .mean_score = 0.75f, .best_score = 1, .elites = 4, .effective_samples = 4};
  CHECK(detail::describe(round) == "round 2, mean score 0.750, best 1.000");
  round.effective_samples = 2.5;
  CHECK(detail::describe(round) == "round 2, mean score 0.750, best 1.000, worth 2 samples");
  round.power = 0.125;
  CHECK(detail::describe(round) == "round 2, mean score 0.750, best 1.000, power 0.12, worth 2 samples");
}
