// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace mace::examples {

/// What a task found of the prior and of the posterior: printed, and shown on the run's page.
class ResultTable {
 public:
  struct Row {
    std::string name, prior, posterior;
  };

  /// `format` is printf's, for one double.
  void add(const std::string& name, const char* format, double prior, double posterior) {
    rows_.push_back({name, text(format, prior), text(format, posterior)});
  }
  /// A number of one of both.
  void add_of_prior(const std::string& name, const char* format, double prior) {
    rows_.push_back({name, text(format, prior), {}});
  }
  void add_of_posterior(const std::string& name, const char* format, double posterior) {
    rows_.push_back({name, {}, text(format, posterior)});
  }

  const std::vector<Row>& rows() const { return rows_; }

  void print() const {
    std::size_t width = 0;
    for (const Row& row : rows_) width = std::max(width, row.name.size());
    const auto line = [&](const Row& row) {
      std::printf("%-*s %10s", static_cast<int>(width), row.name.c_str(), row.prior.c_str());
      std::printf(row.posterior.empty() ? "\n" : " %10s\n", row.posterior.c_str());
    };
    line({"", "prior", "posterior"});
    for (const Row& row : rows_) line(row);
  }

 private:
  static std::string text(const char* format, double number) {
    char text[32];
    std::snprintf(text, sizeof text, format, number);
    return text;
  }

  std::vector<Row> rows_;
};

}  // namespace mace::examples
