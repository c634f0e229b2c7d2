// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

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

}  // namespace mace::golden
