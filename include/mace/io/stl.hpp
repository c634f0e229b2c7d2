// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/io/mesh_bodies.hpp"
#include "mace/io/text_reader.hpp"

namespace mace {

namespace detail {

/// A binary file has 80 arbitrary bytes, the number of triangles, and 50 bytes per triangle.
inline constexpr std::size_t stl_header_bytes = 84, stl_triangle_bytes = 50;

/// Number of triangles by the header of a binary file; 0 if the file is too short for a header.
inline std::uint64_t stl_count(std::span<const std::byte> bytes) {
  if (bytes.size() < stl_header_bytes) return 0;
  return ByteReader(bytes.subspan(stl_header_bytes - 4), "").take_number<std::uint32_t>("count");
}

/// The corners of a triangle of a binary file: after its normal, which is skipped.
inline std::array<Vec<3, double>, 3> stl_triangle(std::span<const std::byte> record) {
  ByteReader reader(record.subspan(12), "");
  std::array<Vec<3, double>, 3> corners;
  for (auto& corner : corners)
    for (double& coordinate : corner.v) coordinate = reader.take_number<float>("triangle");
  return corners;
}

/// The triangles of a binary file whose length is not what its count says, if it holds them all nevertheless: if each
/// has as many bytes of attributes after it as it says, or if the bytes after the last one cannot be triangles.
inline std::optional<std::vector<std::size_t>> stl_records(std::span<const std::byte> bytes) {
  const std::uint64_t count = stl_count(bytes);
  std::vector<std::size_t> starts;
  if (bytes.size() == stl_header_bytes + stl_triangle_bytes * count) {
    for (std::size_t i = 0; i < count; ++i) starts.push_back(stl_header_bytes + stl_triangle_bytes * i);
    return starts;
  }
  if (count == 0 || bytes.size() < stl_header_bytes + stl_triangle_bytes * count) return std::nullopt;
  std::size_t at = stl_header_bytes;
  double size = 0;
  bool attributes = false;
  for (std::size_t i = 0; i < count; ++i) {
    if (bytes.size() - at < stl_triangle_bytes) return std::nullopt;
    starts.push_back(at);
    for (const auto& corner : stl_triangle(bytes.subspan(at)))
      for (const double x : corner.v) size = std::max(size, std::abs(x));
    const auto more =
        ByteReader(bytes.subspan(at + stl_triangle_bytes - 2), "").take_number<std::uint16_t>("attributes");
    attributes = attributes || more > 0;
    at += stl_triangle_bytes;
    if (bytes.size() - at < more) return std::nullopt;
    at += more;
  }
  if (at == bytes.size()) return starts;
  if (attributes) return std::nullopt;
  const auto after = bytes.subspan(at);
  if (stl_count(after) > 0 && after.size() >= stl_header_bytes + stl_triangle_bytes * stl_count(after))
    return std::nullopt;
  for (at = 0; at + stl_triangle_bytes <= after.size(); at += stl_triangle_bytes) {
    double most = 0;
    for (const auto& corner : stl_triangle(after.subspan(at)))
      for (const double x : corner.v) most = std::isfinite(x) ? std::max(most, std::abs(x)) : 2e38;
    // Text and other bytes make numbers of any magnitude, triangles of the same part do not.
    if (most > 1e-6 * size && most < 1e6 * size) return std::nullopt;
  }
  return starts;
}

inline Polytope parse_binary_stl(std::span<const std::byte> bytes, const std::vector<std::size_t>& records,
                                 std::string_view name) {
  Polytope corners;
  corners.reserve(3 * records.size());
  for (std::size_t i = 0; i < records.size(); ++i)
    for (const auto& corner : stl_triangle(bytes.subspan(records[i]))) {
      for (const double x : corner.v)
        require(std::isfinite(x), name, ": triangle ", i, ": wanted finite coordinates, got ", x);
      corners.push_back(corner);
    }
  return corners;
}

/// Reads the words of the grammar, in capitals or not, wherever the lines end:
///   solid NAME, { facet normal X Y Z outer loop { vertex X Y Z } thrice endloop endfacet }, endsolid NAME
/// A name ends with its line, or where a facet begins. "end loop" is the same as "endloop".
class AsciiStl {
 public:
  AsciiStl(std::span<const std::byte> bytes, std::string_view name) : text_(bytes, name) {}

  Polytope parse() {
    bool open = false;
    for (std::string word = keyword(); !word.empty(); word = keyword()) {
      if (word == "solid" && !open) {
        open = true;
        skip_name();
      } else if (word == "facet" && open) {
        facet();
      } else if (word == "endsolid" && open) {
        open = skip_name("solid");
      } else {
        text_.refuse(open ? "facet or endsolid in an STL" : "solid in an STL");
      }
    }
    require(!open, text_.name(), ": wanted an STL with 'endsolid' at its end, got the end of the file after ",
            corners_.size() / 3, " triangles");
    return std::move(corners_);
  }

 private:
  /// The next word in small letters, two for one that begins with "end"; empty at the end of the file.
  std::string keyword() {
    std::string word = lower_case(std::string(text_.next_word()));
    return word == "end" ? word + lower_case(std::string(text_.next_word())) : word;
  }

  void expect(const std::string& wanted) {
    if (keyword() != wanted) text_.refuse("'" + wanted + "' here in an STL");
  }

  void facet() {
    // The normal is skipped; some programs write numbers that are none.
    std::string word = keyword();
    for (int i = 0; i < 4 && word != "outer"; ++i) word = keyword();
    if (word != "outer") text_.refuse("'outer' after three numbers of a normal in an STL");
    expect("loop");
    std::size_t count = 0;
    for (word = keyword(); word == "vertex"; word = keyword(), ++count)
      corners_.push_back(text_.point([&] { return text_.next_word(); }));
    if (word != "endloop") text_.refuse("'vertex' or 'endloop' in an STL");
    if (count != 3) text_.refuse("three corners before the end of a triangle");
    expect("endfacet");
  }

  /// Skips the rest of the line up to its first facet, "facet normal" and three numbers. Returns whether the word
  /// `opening` is before the facet.
  bool skip_name(std::string_view opening = {}) {
    bool opened = false;
    for (;;) {
      const std::string_view before = text_.rest_of_line();
      const std::string word = lower_case(std::string(text_.word()));
      if (word.empty()) return false;
      opened = opened || word == opening;
      const std::string_view after = text_.rest_of_line();
      bool facet = word == "facet" && lower_case(std::string(text_.word())) == "normal";
      for (int i = 0; i < 3 && facet; ++i) {
        double number = 0;
        const std::string next = lower_case(std::string(text_.word()));
        facet = to_number(next, number) || next.find("nan") != next.npos;
      }
      text_.resume(facet ? before : after);
      if (facet) return opened;
    }
  }

  TextReader text_;
  Polytope corners_;
};

}  // namespace detail

/// Parses the contents of an STL file, binary or ASCII. It is binary if its length fits its number of triangles. A
/// longer file is binary too if its triangles say that they have attributes after them, or if what follows the last one
/// cannot be triangles. Otherwise it is ASCII if it starts with "solid", in capitals or not; line ends do not matter
/// there.
/// @param bytes  contents of the file
/// @param name  name of the file in error messages
/// @return the corners of the triangles, three per triangle, in the units of the file
/// @throws Error if the file is neither, a binary file has fewer or more triangles than it says, an ASCII file departs
///   from the format or is truncated, a coordinate is not finite, or there are no triangles.
inline Polytope parse_stl(std::span<const std::byte> bytes, std::string_view name) {
  const auto records = detail::stl_records(bytes);
  if (!records) detail::refuse_other_kinds(bytes, name, "an STL");
  detail::TextReader text(bytes, name);
  const std::string start = detail::lower_case(std::string(text.next_word().substr(0, 5)));
  // Text has no byte of value 0, and the count of a binary file has one.
  const auto head = bytes.first(std::min(bytes.size(), detail::stl_header_bytes));
  const bool ascii = !records && start == "solid" && std::find(head.begin(), head.end(), std::byte{0}) == head.end();
  require(records || ascii, name, ": not an STL: wanted text that starts with 'solid', or ", detail::stl_header_bytes,
          " bytes and ", detail::stl_triangle_bytes, " for each of the ", detail::stl_count(bytes),
          " triangles it promises, got ", bytes.size());
  Polytope corners = ascii ? detail::AsciiStl(bytes, name).parse() : detail::parse_binary_stl(bytes, *records, name);
  require(!corners.empty(), name, ": wanted at least one triangle, got none");
  return corners;
}

/// Reads an STL file; see parse_stl().
/// @throws Error if the file cannot be read or is larger than 64 MiB, or parse_stl() throws.
inline Polytope read_stl(const std::filesystem::path& path) {
  return parse_stl(read_file(path, detail::max_mesh_bytes), path.string());
}

}  // namespace mace
