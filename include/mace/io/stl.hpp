// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/byte_reader.hpp"
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

/// A triangle is a normal, which is skipped, three corners, and two arbitrary bytes.
inline Polytope parse_binary_stl(std::span<const std::byte> bytes, std::string_view name) {
  Polytope corners;
  corners.reserve(3 * stl_count(bytes));
  for (std::size_t at = stl_header_bytes; at < bytes.size(); at += stl_triangle_bytes) {
    ByteReader triangle(bytes.subspan(at + 12, 36), name);
    for (int corner = 0; corner < 3; ++corner) {
      Vec<3, double>& point = corners.emplace_back();
      for (double& coordinate : point.v) {
        coordinate = triangle.take_number<float>("triangle");
        require(std::isfinite(coordinate), name, ": triangle ", (at - stl_header_bytes) / stl_triangle_bytes,
                ": wanted finite coordinates, got ", coordinate);
      }
    }
  }
  return corners;
}

inline Polytope parse_ascii_stl(std::span<const std::byte> bytes, std::string_view name) {
  TextReader text(bytes, name);
  Polytope corners;
  bool open = false;
  for (std::size_t triangles = 0; text.next_line();) {
    const std::string_view word = text.word();
    if (word == "solid" || word == "endsolid") {
      open = word == "solid";
    } else if (word == "vertex") {
      corners.push_back(text.point());
    } else if (word == "endloop") {
      if (corners.size() != 3 * ++triangles) text.refuse("three corners before the end of a triangle");
    } else if (!word.empty() && word != "facet" && word != "outer" && word != "endfacet") {
      text.refuse("solid, facet, outer, vertex, endloop, endfacet or endsolid");
    }
  }
  require(!open && corners.size() % 3 == 0, name, ": wanted 'endsolid' at the end, got the end of the file before");
  return corners;
}

}  // namespace detail

/// Parses the contents of an STL file. The file is binary if its size matches its number of triangles; otherwise it is
/// ASCII if it starts with "solid".
/// @param bytes  contents of the file
/// @param name  name of the file in error messages
/// @return the corners of the triangles, three per triangle, in the units of the file
/// @throws Error if the file is neither, a binary file has the wrong size, an ASCII file departs from the format or is
///   truncated, a coordinate is not finite, or there are no triangles.
inline Polytope parse_stl(std::span<const std::byte> bytes, std::string_view name) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  const std::uint64_t count = detail::stl_count(bytes);
  const bool binary = bytes.size() == detail::stl_header_bytes + detail::stl_triangle_bytes * count;
  const bool ascii = !binary && start != text.npos && text.substr(start).starts_with("solid");
  require(binary || ascii, name, ": not an STL: wanted text that starts with 'solid', or ", detail::stl_header_bytes,
          " bytes and ", detail::stl_triangle_bytes, " for each of the ", count, " triangles it promises, got ",
          bytes.size());
  Polytope corners = binary ? detail::parse_binary_stl(bytes, name) : detail::parse_ascii_stl(bytes, name);
  require(!corners.empty(), name, ": wanted at least one triangle, got none");
  return corners;
}

/// Reads an STL file; see parse_stl().
/// @throws Error if the file cannot be read or is larger than 64 MiB, or parse_stl() throws.
inline Polytope read_stl(const std::filesystem::path& path) {
  return parse_stl(read_file(path, detail::max_mesh_bytes), path.string());
}

}  // namespace mace
