// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace mace::examples {

/// What a task found of the samples before and after: printed, and shown on the run's page.
class ResultTable {
 public:
  struct Row {
    std::string name, prior, after;
  };

  /// `after`: what the samples after are called; empty if there are only the prior's.
  explicit ResultTable(std::string after) : after_(std::move(after)) {}

  /// `format` is printf's, for one double.
  void add(const std::string& name, const char* format, double prior, double after) {
    rows_.push_back({name, text(format, prior), text(format, after)});
  }
  /// A number of one of both.
  void add_of_prior(const std::string& name, const char* format, double prior) {
    rows_.push_back({name, text(format, prior), {}});
  }
  void add_after(const std::string& name, const char* format, double after) {
    rows_.push_back({name, {}, text(format, after)});
  }

  Row header() const { return {"", "prior", after_}; }
  const std::vector<Row>& rows() const { return rows_; }

  void print() const {
    std::size_t width = 0;
    for (const Row& row : rows_) width = std::max(width, row.name.size());
    const auto line = [&](const Row& row) {
      std::printf("%-*s %10s", static_cast<int>(width), row.name.c_str(), row.prior.c_str());
      std::printf(row.after.empty() ? "\n" : " %10s\n", row.after.c_str());
    };
    line(header());
    for (const Row& row : rows_) line(row);
  }

 private:
  static std::string text(const char* format, double number) {
    char text[32];
    std::snprintf(text, sizeof text, format, number);
    return text;
  }

  std::string after_;
  std::vector<Row> rows_;
};

}  // namespace mace::examples
