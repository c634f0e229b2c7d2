// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/io/text_reader.hpp"

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
  explicit PlyHeaderParser(TextReader& text) : text_(text) {}

  PlyHeader parse() {
    if (next_keyword() != "ply") refuse("'ply'");
    for (;;) {
      end_of_line();
      const std::string_view keyword = next_keyword();
      if (keyword == "end_header") break;
      if (keyword == "comment" || keyword == "obj_info") {
        while (!text_.word().empty()) continue;
      } else if (keyword == "format") {
        format();
      } else if (keyword == "element") {
        element();
      } else if (keyword == "property") {
        property();
      } else {
        refuse("format, element, property, comment or end_header");
      }
    }
    end_of_line();
    if (!ascii_) refuse("a format line");
    return {*ascii_, std::move(elements_)};
  }

 private:
  /// The first word of the next line that has any.
  std::string_view next_keyword() {
    std::string_view keyword;
    while (keyword.empty()) {
      if (!text_.next_line() || !text_.line_ended())
        fail(text_.name(), ": header: wanted a line, got the end of the file");
      keyword = text_.word();
    }
    return keyword;
  }
  std::string_view word() { return text_.word(); }
  void end_of_line() {
    if (!word().empty()) refuse("nothing more on this line");
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
    if (!to_number(number, count)) refuse("an element with a 64-bit count");
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
    fail(text_.name(), ": header: wanted ", wanted, ", got ", printable(text_.line()));
  }

  TextReader& text_;
  std::optional<bool> ascii_;
  std::vector<PlyElement> elements_;
};

}  // namespace mace::detail
