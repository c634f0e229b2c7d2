// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/io/mesh_bodies.hpp"
#include "mace/io/text_reader.hpp"

namespace mace {

namespace detail {

class ObjParser {
 public:
  ObjParser(std::span<const std::byte> bytes, std::string_view name) : text_(bytes, name) {}

  Mesh parse() {
    while (text_.next_line()) statement();
    require(mesh_.faces() > 0, text_.name(), ": wanted at least one face, got none");
    return std::move(mesh_);
  }

 private:
  void statement() {
    // What follows a name up to the line's end, and what says nothing about the surface.
    constexpr std::array named{"o", "g", "usemtl", "mtllib", "usemap", "maplib", "shadow_obj", "trace_obj"};
    constexpr std::array skipped{"vt",       "vn",   "vp",     "s",   "l",    "p",    "mg",    "bevel", "c_interp",
                                 "d_interp", "lod",  "cstype", "deg", "bmat", "step", "curv",  "curv2", "parm",
                                 "trim",     "hole", "scrv",   "sp",  "end",  "con",  "ctech", "stech"};
    const auto is_one_of = [](std::string_view word, const auto& words) {
      return std::find(words.begin(), words.end(), word) != words.end();
    };
    const std::string_view keyword = word();
    if (ends(keyword)) return;
    if (keyword == "v") {
      vertex();
    } else if (keyword == "f" || keyword == "fo") {
      face();
    } else if (is_one_of(keyword, named)) {
      std::string_view last;
      for (std::string_view next = text_.word(); !next.empty(); next = text_.word()) last = next;
      if (last.ends_with('\\')) text_.refuse("a name that does not end with '\\'");
      if (keyword == "o" || keyword == "g") ++group_;
    } else if (is_one_of(keyword, skipped)) {
      while (!ends(word())) continue;
    } else {
      text_.refuse("a statement of the polygons of an OBJ, such as v or f");
    }
  }

  /// The next word of the statement; empty at its end. A backslash at the end of a line continues it on the next one.
  std::string_view word() {
    for (;;) {
      std::string_view found = text_.word();
      const bool last = text_.rest_of_line().find_first_not_of(" \t") == std::string_view::npos;
      if (!found.ends_with('\\') || !last) return found;
      found.remove_suffix(1);
      if (!text_.next_line()) text_.refuse("a line after '\\'");
      if (found.empty()) continue;
      const std::string_view next = text_.rest_of_line();
      if (!next.empty() && next.front() != ' ' && next.front() != '\t') text_.refuse("a blank between the words");
      return found;
    }
  }

  static bool ends(std::string_view word) { return word.empty() || word.starts_with('#'); }

  /// Reads "x y z", "x y z w", which is the point (x, y, z) / w, or "x y z" and a color of three or four numbers.
  void vertex() {
    std::array<double, 7> numbers{};
    std::size_t count = 0;
    for (std::string_view next = word(); !ends(next); next = word(), ++count)
      if (count == numbers.size() || !to_number(next, numbers[count])) text_.refuse("three finite coordinates");
    if (count < 3 || count == 5) text_.refuse("three finite coordinates, and w or a color at most");
    const double w = count == 4 ? numbers[3] : 1;
    const Vec<3, double> point{numbers[0] / w, numbers[1] / w, numbers[2] / w};
    if (!std::isfinite(dot(point, point)) || !std::isfinite(w)) text_.refuse("three finite coordinates");
    mesh_.vertices.push_back(point);
  }

  /// Reads a face. A corner is "7", "7/1", "7//3" or "7/1/3"; the first number is the vertex, counted from 1, or
  /// backward from -1.
  void face() {
    const std::size_t before = mesh_.corners.size();
    for (std::string_view corner = word(); !ends(corner); corner = word()) {
      const auto count = static_cast<std::ptrdiff_t>(mesh_.vertices.size());
      std::ptrdiff_t index = 0;
      if (!to_number(corner.substr(0, corner.find('/')), index) || index == 0 || index > count || index < -count)
        text_.refuse("a face of vertices that come before it");
      mesh_.corners.push_back(static_cast<std::size_t>(index > 0 ? index - 1 : count + index));
    }
    if (mesh_.corners.size() < before + 3) text_.refuse("a face of at least three vertices");
    mesh_.ends.push_back(mesh_.corners.size());
    mesh_.groups.push_back(group_);
  }

  TextReader text_;
  Mesh mesh_;
  std::size_t group_ = 0;
};

}  // namespace detail

/// Parses the contents of a Wavefront OBJ file into convex bodies: the hull of the points of each is one, in the units
/// of the file. Their union covers every face.
///
/// Each closed, connected surface is a body of its own, whatever objects and groups its faces are in; vertices at the
/// same place are one vertex. The faces that are not part of a closed surface may be plates around a hollow, so all of
/// them together are one more body, unless a closed one has their vertices. Materials, normals, lines, curves and
/// vertices without a face are skipped.
/// @param bytes  contents of the file
/// @param name  name of the file in error messages
/// @throws Error if a vertex is not three finite coordinates with possibly a weight or a color, a face has fewer than
///   three vertices or one that is not defined before it, a statement is unknown or is a surface without faces, there
///   are no faces, or there are more than 1000 closed bodies.
inline std::vector<Polytope> parse_obj(std::span<const std::byte> bytes, std::string_view name) {
  detail::refuse_other_kinds(bytes, name, "an OBJ");
  return detail::bodies_of(detail::ObjParser(bytes, name).parse(), name);
}

/// Reads a Wavefront OBJ file; see parse_obj().
/// @throws Error if the file cannot be read or is larger than 64 MiB, or parse_obj() throws.
inline std::vector<Polytope> read_obj(const std::filesystem::path& path) {
  return parse_obj(read_file(path, detail::max_mesh_bytes), path.string());
}

}  // namespace mace
