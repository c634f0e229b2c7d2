// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

/// Reference values that do not come with the project: whoever has them sets MACE_GOLDEN_DATA when configuring. A test
/// that finds none is reported as skipped.
namespace mace::golden {

/// Where a file of the reference values is; nothing, and the reason printed, where there is none.
inline std::optional<std::filesystem::path> find(const std::string& file) {
  const std::filesystem::path path = std::filesystem::path(MACE_GOLDEN_DATA) / file;
  if (std::filesystem::exists(path)) return path;
  std::cout << "skipped: no reference values " << file << " (set MACE_GOLDEN_DATA)\n";
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
