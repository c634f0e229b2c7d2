// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/text_reader.hpp"

namespace mace {

namespace detail {

/// Largest number of objects in a file. A convex decomposition has a few dozen.
inline constexpr std::size_t max_obj_pieces = 1000;

class ObjParser {
 public:
  ObjParser(std::span<const std::byte> bytes, std::string_view name) : text_(bytes, name), name_(name) {}

  std::vector<Polytope> parse() {
    while (text_.next_line()) {
      const std::string_view keyword = text_.word();
      if (keyword == "v") vertices_.push_back(text_.point());
      if (keyword == "f") face();
      if (keyword == "o" || keyword == "g") finish_piece();
    }
    finish_piece();
    require(!pieces_.empty(), name_, ": wanted at least one face, got none");
    return std::move(pieces_);
  }

 private:
  /// Reads a face. A corner is "7", "7/1", "7//3" or "7/1/3"; the first number is the vertex, counted from 1, or
  /// backward from -1.
  void face() {
    const std::size_t before = used_.size();
    for (std::string_view corner = text_.word(); !corner.empty() && !corner.starts_with('#'); corner = text_.word()) {
      const auto count = static_cast<std::ptrdiff_t>(vertices_.size());
      std::ptrdiff_t index = 0;
      if (!to_number(corner.substr(0, corner.find('/')), index) || index == 0 || index > count || index < -count)
        text_.refuse("a face of vertices that come before it");
      used_.push_back(static_cast<std::size_t>(index > 0 ? index - 1 : count + index));
    }
    if (used_.size() < before + 3) text_.refuse("a face of at least three vertices");
  }

  /// Collects the vertices of the faces since the last piece.
  void finish_piece() {
    std::sort(used_.begin(), used_.end());
    used_.erase(std::unique(used_.begin(), used_.end()), used_.end());
    if (used_.empty()) return;
    require(pieces_.size() < max_obj_pieces, name_, ": wanted at most ", max_obj_pieces, " objects");
    Polytope& piece = pieces_.emplace_back();
    for (const std::size_t index : used_) piece.push_back(vertices_[index]);
    used_.clear();
  }

  TextReader text_;
  std::string_view name_;
  Polytope vertices_;
  std::vector<std::size_t> used_;
  std::vector<Polytope> pieces_;
};

}  // namespace detail

/// Parses the contents of a Wavefront OBJ file. Each object, which is what lies between two lines "o" or "g", becomes
/// the vertices of its faces, in the units of the file. Materials, normals, lines, curves and vertices without a face
/// are skipped.
/// @param bytes  contents of the file
/// @param name  name of the file in error messages
/// @throws Error if a vertex does not have three finite coordinates, a face has fewer than three vertices or one that
///   is not defined before it, there are no faces, or there are more than 1000 objects.
inline std::vector<Polytope> parse_obj(std::span<const std::byte> bytes, std::string_view name) {
  return detail::ObjParser(bytes, name).parse();
}

/// Reads a Wavefront OBJ file; see parse_obj().
/// @throws Error if the file cannot be read or is larger than 64 MiB, or parse_obj() throws.
inline std::vector<Polytope> read_obj(const std::filesystem::path& path) {
  return parse_obj(read_file(path, detail::max_mesh_bytes), path.string());
}

}  // namespace mace
