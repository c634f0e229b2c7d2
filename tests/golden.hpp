// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "support/skip.hpp"

/// Reference values that do not come with the project: whoever has them sets MACE_GOLDEN_DATA when configuring.
namespace mace::golden {

/// Where a file of the reference values is; where there is none nothing, and the test is skipped.
inline std::optional<std::filesystem::path> find(const std::string& file) {
  const std::filesystem::path path = std::filesystem::path(MACE_GOLDEN_DATA) / file;
  if (std::filesystem::exists(path)) return path;
  test::skip("no reference values " + file + " (set MACE_GOLDEN_DATA)");
  return std::nullopt;
}

/// The rows of a file of comma-separated numbers, without its header.
inline std::vector<std::vector<double>> read_csv(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<std::vector<double>> rows;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');) rows.back().push_back(std::stod(cell));
  }
  return rows;
}

}  // namespace mace::golden
