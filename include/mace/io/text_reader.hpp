// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <system_error>

#include "mace/core/error.hpp"
#include "mace/core/vec.hpp"
#include "mace/io/byte_reader.hpp"

namespace mace::detail {

/// Converts a whole word to a number. Returns false if it is not a number or too large for the type; a number too small
/// for a floating-point type is zero.
template <class Number>
bool to_number(std::string_view word, Number& number) {
  // from_chars accepts a minus sign but no plus sign.
  const char* const first = word.data() + (word.starts_with('+') && !word.starts_with("+-") ? 1 : 0);
  const char* const last = word.data() + word.size();
  const auto [end, status] = std::from_chars(first, last, number);
  if (first == last || end != last) return false;
  if constexpr (std::floating_point<Number>) {
    const bool tiny = word.find("e-") != word.npos || word.find("E-") != word.npos;
    if (status == std::errc::result_out_of_range && tiny) {
      number = 0;
      return true;
    }
  }
  return status == std::errc{};
}

/// Tokenizer of text files: their words, in lines or not. Lines end with LF, CR LF or CR; a byte order mark before the
/// text is left out.
class TextReader {
 public:
  TextReader(std::span<const std::byte> bytes, std::string_view name)
      : rest_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), name_(name) {
    if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
    const std::size_t end = rest_.find_first_of("\r\n");
    const bool lone_cr = end != rest_.npos && rest_[end] == '\r' && !rest_.substr(end).starts_with("\r\n");
    crlf_ = !lone_cr;
  }

  /// Advances to the next line; false at the end of the file.
  bool next_line() {
    if (rest_.empty()) return false;
    line_ = shown_ = rest_.substr(0, rest_.find_first_of("\r\n"));
    rest_.remove_prefix(line_.size());
    // Where CR ends the lines, an LF after it is not part of the line's end: it may be the first byte of binary data.
    ended_ = !rest_.empty();
    if (ended_) rest_.remove_prefix(crlf_ && rest_.starts_with("\r\n") ? 2 : 1);
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

  /// The next word of the file, on this line or a later one; empty at the end of the file.
  std::string_view next_word() {
    std::string_view found = word();
    while (found.empty() && next_line()) found = word();
    return found;
  }

  /// What is left of the line.
  std::string_view rest_of_line() const { return line_; }
  /// True if a line end follows the line, false if the end of the file does.
  bool line_ended() const { return ended_; }
  /// Goes back to, or ahead to, where the rest of the line is `rest`, a part of what rest_of_line() was.
  void resume(std::string_view rest) { line_ = rest; }
  /// The whole line.
  std::string_view line() const { return shown_; }
  /// The bytes after the line.
  std::span<const std::byte> bytes_left() const { return std::as_bytes(std::span(rest_)); }
  std::string_view name() const { return name_; }

  /// Three words as coordinates. `next` reads the next word.
  template <class Next>
  Vec<3, double> point(const Next& next) {
    Vec<3, double> point;
    for (double& coordinate : point.v) {
      if (!to_number(next(), coordinate) || !std::isfinite(coordinate)) refuse("three finite coordinates");
    }
    return point;
  }

  [[noreturn]] void refuse(std::string_view wanted) const {
    fail(name_, ": line ", number_, ": wanted ", wanted, ", got ", printable(shown_));
  }

 private:
  static constexpr std::string_view spaces = " \t\f\v";
  std::string_view rest_, name_, line_, shown_;
  std::size_t number_ = 0;
  bool crlf_ = true, ended_ = false;
};

}  // namespace mace::detail
