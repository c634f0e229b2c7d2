// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <system_error>

#include "mace/core/error.hpp"
#include "mace/core/vec.hpp"
#include "mace/io/byte_reader.hpp"

namespace mace::detail {

/// Largest size of a mesh file. A mesh of a link has a few thousand triangles; this holds over a million.
inline constexpr std::uintmax_t max_mesh_bytes = 64 << 20;

/// Converts a whole word to a number. Returns false if it is not a number or not representable in the type.
template <class Number>
bool to_number(std::string_view word, Number& number) {
  // from_chars accepts a minus sign but no plus sign.
  const char* const first = word.data() + (word.starts_with('+') && !word.starts_with("+-") ? 1 : 0);
  const char* const last = word.data() + word.size();
  const auto [end, status] = std::from_chars(first, last, number);
  return first != last && status == std::errc{} && end == last;
}

/// Tokenizer of a text file: its words, line by line.
class TextReader {
 public:
  TextReader(std::span<const std::byte> bytes, std::string_view name)
      : rest_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), name_(name) {}

  /// Advances to the next line; false at the end of the file.
  bool next_line() {
    if (rest_.empty()) return false;
    line_ = shown_ = rest_.substr(0, rest_.find('\n'));
    rest_.remove_prefix(std::min(line_.size() + 1, rest_.size()));
    ++number_;
    return true;
  }

  /// The next word of the line; empty at its end.
  std::string_view word() {
    line_.remove_prefix(std::min(line_.find_first_not_of(spaces), line_.size()));
    const std::string_view found = line_.substr(0, line_.find_first_of(spaces));
    line_.remove_prefix(found.size());
    return found;
  }

  /// The next three words as coordinates.
  Vec<3, double> point() {
    Vec<3, double> point;
    for (double& coordinate : point.v) {
      if (!to_number(word(), coordinate) || !std::isfinite(coordinate)) refuse("three finite coordinates");
    }
    return point;
  }

  [[noreturn]] void refuse(std::string_view wanted) const {
    fail(name_, ": line ", number_, ": wanted ", wanted, ", got ", printable(shown_));
  }

 private:
  static constexpr std::string_view spaces = " \t\r\f\v";
  std::string_view rest_, name_, line_, shown_;
  std::size_t number_ = 0;
};

}  // namespace mace::detail
