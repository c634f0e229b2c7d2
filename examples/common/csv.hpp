// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mace/core/number_text.hpp"
#include "mace/io/atomic_file.hpp"

/// Tables as comma-separated values (RFC 4180), but for lines, which end as everywhere here.
namespace mace::examples {

/// A field: in quotes where it has commas, quotes or ends of lines.
inline std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

/// The fields of a line, without its end.
inline std::string csv_line(std::span<const std::string> fields) {
  std::string line;
  for (const std::string& field : fields) line.append(&field == fields.data() ? "" : ",").append(csv_field(field));
  return line;
}

/// A line of names, then a line for each row of numbers, each with `digits` significant digits at most.
template <class Rows>
void write_csv(const std::filesystem::path& path, std::span<const std::string> names, const Rows& rows, int digits) {
  std::string text = csv_line(names) + '\n';
  for (const auto& row : rows) {
    std::vector<std::string> fields;
    for (const auto number : row) fields.push_back(mace::detail::general_text(static_cast<double>(number), digits));
    text += csv_line(fields) + '\n';
  }
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace mace::examples
