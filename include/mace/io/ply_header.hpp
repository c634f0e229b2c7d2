// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "mace/io/byte_reader.hpp"

namespace mace::detail {

enum class PlyType { int8, uint8, int16, uint16, int32, uint32, float32, float64 };

constexpr std::size_t ply_bytes(PlyType type) {
  constexpr std::array<std::size_t, 8> bytes{1, 1, 2, 2, 4, 4, 4, 8};
  return bytes[static_cast<std::size_t>(type)];
}

/// A property of an element: one number per row, or (with a count_type) a list that begins with its length.
struct PlyProperty {
  std::string name;
  PlyType type;
  std::optional<PlyType> count_type;
};

/// A table of `count` rows.
struct PlyElement {
  std::string name;
  std::uint64_t count;
  std::vector<PlyProperty> properties;
};

struct PlyHeader {
  bool ascii;
  std::vector<PlyElement> elements;
};

/// Parses a PLY header, from "ply" to "end_header", and leaves the reader at the first byte of data.
class PlyHeaderParser {
 public:
  explicit PlyHeaderParser(ByteReader& reader) : reader_(reader) {}

  PlyHeader parse() {
    if (next_line() != "ply") refuse("'ply'");
    while (next_line() != "end_header") {
      const std::string_view keyword = word();
      if (keyword == "comment" || keyword == "obj_info") continue;
      if (keyword == "format") {
        format();
      } else if (keyword == "element") {
        element();
      } else if (keyword == "property") {
        property();
      } else {
        refuse("format, element, property, comment or end_header");
      }
      if (!word().empty()) refuse("nothing more on this line");
    }
    if (!ascii_) refuse("a format line");
    return {*ascii_, std::move(elements_)};
  }

 private:
  std::string_view next_line() {
    line_ = rest_ = reader_.take_line("header");
    return line_;
  }

  /// The next word of the line; empty at its end.
  std::string_view word() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
    const std::string_view found = rest_.substr(0, rest_.find_first_of(" \t"));
    rest_.remove_prefix(found.size());
    return found;
  }

  void format() {
    const std::string_view encoding = word();
    if (ascii_) refuse("one format line");
    if (encoding != "ascii" && encoding != "binary_little_endian") refuse("format ascii or binary_little_endian");
    if (word() != "1.0") refuse("version 1.0");
    ascii_ = encoding == "ascii";
  }

  void element() {
    const std::string_view name = word();
    const std::string_view number = word();
    std::uint64_t count = 0;
    const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), count);
    if (number.empty() || status != std::errc{} || end != number.data() + number.size()) {
      refuse("an element with a 64-bit count");
    }
    elements_.push_back({std::string(name), count, {}});
  }

  void property() {
    if (elements_.empty()) refuse("an element before its properties");
    std::string_view type_name = word();
    std::optional<PlyType> count_type;
    if (type_name == "list") {
      count_type = type(word());
      if (*count_type > PlyType::uint32) refuse("an integer type for the length of a list");
      type_name = word();
    }
    const PlyType value_type = type(type_name);
    const std::string_view name = word();
    if (name.empty()) refuse("a property with a name");
    elements_.back().properties.push_back({std::string(name), value_type, count_type});
  }

  /// Both sets of type names are in use: those of C, and those with a width.
  PlyType type(std::string_view name) const {
    constexpr std::array<std::string_view, 8> plain{"char", "uchar", "short", "ushort",
                                                    "int",  "uint",  "float", "double"};
    constexpr std::array<std::string_view, 8> sized{"int8",  "uint8",  "int16",   "uint16",
                                                    "int32", "uint32", "float32", "float64"};
    for (std::size_t i = 0; i < plain.size(); ++i) {
      if (name == plain[i] || name == sized[i]) return static_cast<PlyType>(i);
    }
    refuse("a PLY type such as float or uchar");
  }

  [[noreturn]] void refuse(std::string_view wanted) const {
    reader_.refuse("header: wanted ", wanted, ", got ", printable(line_));
  }

  ByteReader& reader_;
  std::string_view line_;
  std::string_view rest_;
  std::optional<bool> ascii_;
  std::vector<PlyElement> elements_;
};

}  // namespace mace::detail
