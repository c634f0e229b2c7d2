// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/io/obj.hpp"
#include "mace/io/stl.hpp"

namespace mace::detail {

/// Name of the ROS package in a folder, from its package.xml; empty if there is none.
inline std::string package_name(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "package.xml";
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return "";
  const std::vector<std::byte> bytes = read_file(file, 1 << 20);
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (std::size_t comment = text.find("<!--"); comment != text.npos; comment = text.find("<!--", comment)) {
    const std::size_t end = text.find("-->", comment);
    text.erase(comment, end == text.npos ? end : end + 3 - comment);
  }
  const std::size_t start = text.find("<name>"), end = text.find("</name>");
  if (start == text.npos || end == text.npos || end < start) return "";
  const std::string_view inside = std::string_view(text).substr(start + 6, end - start - 6);
  const std::size_t first = inside.find_first_not_of(" \t\r\n"), last = inside.find_last_not_of(" \t\r\n");
  return first == inside.npos ? "" : std::string(inside.substr(first, last + 1 - first));
}

/// Candidate paths of a mesh that a robot description names, the most likely first. `folder` is the folder of the
/// description.
///
/// "package://name/rest" (and its synonym "model://") refers to the folder of a ROS package, whose location is unknown
/// here. A description is nearly always inside its package or beside it, so the search goes from its folder up to the
/// root: for a folder whose package.xml has that name, or which has it itself and no package.xml, and for such a folder
/// of that name in it. The folder of another package is no candidate, even if it has a file `rest`.
/// @throws Error if the scheme is another one, such as "https://".
inline std::vector<std::filesystem::path> mesh_places(const std::string& file, const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  const auto after = [&](std::string_view scheme) { return file.substr(scheme.size()); };
  if (file.starts_with("file://")) return {folder / after("file://")};
  if (!file.starts_with("package://") && !file.starts_with("model://")) {
    require(file.find("://") == file.npos, "mesh ", printable(file),
            ": wanted a path, or one after file://, package:// or model://");
    return {folder / file};
  }

  const fs::path inside = after(file.starts_with("package://") ? "package://" : "model://");
  const std::string package = inside.empty() ? "" : inside.begin()->string();
  fs::path rest;
  for (auto part = inside.begin(); part != inside.end(); ++part)
    if (part != inside.begin()) rest /= *part;
  std::error_code ignored;
  std::vector<fs::path> places;
  const auto is_package = [&](const fs::path& at) {
    const std::string name = package_name(at);
    return name.empty() ? at.filename() == package : name == package;
  };
  fs::path above = fs::absolute(folder.empty() ? "." : folder, ignored).lexically_normal();
  if (!above.has_filename()) above = above.parent_path();
  for (;; above = above.parent_path()) {
    if (is_package(above)) places.push_back(above / rest);
    if (is_package(above / package)) places.push_back(above / inside);
    if (above == above.parent_path()) break;
  }
  return places;
}

/// The first candidate path that exists.
/// @throws Error if there is none; the message lists the first few candidates.
inline std::filesystem::path find_mesh(const std::string& file, const std::filesystem::path& folder) {
  const std::vector<std::filesystem::path> places = mesh_places(file, folder);
  std::string tried;
  for (std::size_t i = 0; i < places.size(); ++i) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(places[i], ignored)) return places[i];
    if (i < 4) tried += (i == 0 ? "" : ", ") + places[i].string();
  }
  fail("mesh ", printable(file), ": not found; looked for ", tried, places.size() > 4 ? ", ... up to the root" : "");
}

/// The convex pieces of a mesh: the bodies of an OBJ, all of an STL.
/// @throws Error if the file name is invalid, the extension is neither .stl nor .obj, the file is not found, or
///   read_stl() or read_obj() throws.
inline std::vector<Polytope> read_mesh(const std::string& file, const std::filesystem::path& folder) {
  const bool sane = std::none_of(file.begin(), file.end(), [](unsigned char c) { return std::iscntrl(c) != 0; });
  require(!file.empty() && file.size() <= 1000 && sane, "mesh ", printable(file),
          ": wanted the name of a file, of at most 1000 characters");
  const std::string extension = extension_of(file);
  require(extension == ".stl" || extension == ".obj", "mesh ", printable(file),
          ": wanted an .stl or .obj file, got extension ", printable(extension));
  const std::filesystem::path path = find_mesh(file, folder);
  if (extension == ".obj") return read_obj(path);
  return {read_stl(path)};
}

}  // namespace mace::detail
