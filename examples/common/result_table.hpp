// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "mace/core/number_text.hpp"

namespace mace::examples {

/// What a task found of the samples before and after: printed, and shown on the run's page.
class ResultTable {
 public:
  struct Row {
    std::string name, prior, after;
  };

  /// `after`: what the samples after are called; empty if there are only the prior's.
  explicit ResultTable(std::string after) : after_(std::move(after)) {}

  /// Numbers of both, with so many digits after the point.
  void add(const std::string& name, int decimals, double prior, double after) {
    rows_.push_back({name, mace::detail::fixed_text(prior, decimals), mace::detail::fixed_text(after, decimals)});
  }
  /// A number of one of both.
  void add_of_prior(const std::string& name, int decimals, double prior) {
    rows_.push_back({name, mace::detail::fixed_text(prior, decimals), {}});
  }
  void add_after(const std::string& name, int decimals, double after) {
    add_after(name, mace::detail::fixed_text(after, decimals));
  }
  void add_after(const std::string& name, std::string after) { rows_.push_back({name, {}, std::move(after)}); }

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
  std::string after_;
  std::vector<Row> rows_;
};

}  // namespace mace::examples
