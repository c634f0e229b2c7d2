// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "mace/core/error.hpp"

/// The reference values of tests/reference, as its README.md describes them.
namespace mace::reference {

/// Where a file of them is.
inline std::filesystem::path path(const std::string& file) {
  return std::filesystem::path(MACE_SOURCE_DIR) / "tests/reference" / file;
}

/// A table of numbers, each column with its name.
struct Values {
  std::vector<std::string> names;
  std::vector<std::vector<double>> rows;

  /// The index of a column. Errors: there is none of that name.
  std::size_t column(const std::string& name) const {
    const auto found = std::find(names.begin(), names.end(), name);
    require(found != names.end(), "reference: no column ", name);
    return static_cast<std::size_t>(found - names.begin());
  }
};

/// Reads a table: a comment, the columns' names, and the rows. Errors: no such file, a row of another length.
inline Values read_values(const std::string& file) {
  std::ifstream lines(path(file));
  require(lines.good(), path(file).string(), ": cannot be read");
  const auto cells_of = [](const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
    return cells;
  };
  std::string line;
  std::getline(lines, line), std::getline(lines, line);
  Values values{cells_of(line), {}};
  while (std::getline(lines, line)) {
    const auto cells = cells_of(line);
    require(cells.size() == values.names.size(), path(file).string(), ": wanted ", values.names.size(),
            " numbers in a row, got ", cells.size());
    std::vector<double>& row = values.rows.emplace_back();
    for (const std::string& cell : cells) row.push_back(std::stod(cell));
  }
  return values;
}

}  // namespace mace::reference
