// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/io/obj.hpp"
#include "mace/io/stl.hpp"
#ifdef MACE_ASSIMP
#include "mace/robot/assimp_mesh.hpp"
#endif

namespace mace::detail {

/// Candidate paths of a mesh that a robot description names, the most likely first. `folder` is the folder of the
/// description.
///
/// "package://name/rest" (and its synonym "model://") refers to the folder of a ROS package, whose location is unknown
/// here. A description is nearly always inside its package, so the search goes from its folder up to the root: in each
/// folder for one called `name`, and the folder itself if that is its name; then for `rest` in each, as the folder of
/// the package may have another name.
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
  fs::path rest;
  for (auto part = inside.begin(); part != inside.end(); ++part)
    if (part != inside.begin()) rest /= *part;
  std::error_code ignored;
  std::vector<fs::path> places, elsewhere;
  fs::path above = fs::absolute(folder.empty() ? "." : folder, ignored).lexically_normal();
  if (!above.has_filename()) above = above.parent_path();
  for (;; above = above.parent_path()) {
    if (!inside.empty() && above.filename() == *inside.begin()) places.push_back(above / rest);
    places.push_back(above / inside);
    elsewhere.push_back(above / rest);
    if (above == above.parent_path()) break;
  }
  places.insert(places.end(), elsewhere.begin(), elsewhere.end());
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
/// Programs that link to `mace::assimp` also read what assimp does, such as COLLADA (.dae), by its bodies.
/// @throws Error if the file name is invalid, the extension is another one, the file is not found, or read_stl(),
///   read_obj() or read_assimp() throws.
inline std::vector<Polytope> read_mesh(const std::string& file, const std::filesystem::path& folder) {
  const bool sane = std::none_of(file.begin(), file.end(), [](unsigned char c) { return std::iscntrl(c) != 0; });
  require(!file.empty() && file.size() <= 1000 && sane, "mesh ", printable(file),
          ": wanted the name of a file, of at most 1000 characters");
  const std::string extension = extension_of(file);
  const bool ours = extension == ".stl" || extension == ".obj";
#ifdef MACE_ASSIMP
  require(ours || is_read_by_assimp(extension), "mesh ", printable(file),
          ": wanted an .stl or .obj file or one that assimp reads, got extension ", printable(extension));
#else
  require(ours, "mesh ", printable(file),
          ": wanted an .stl or .obj file, or a program that links to mace::assimp for others", ", got extension ",
          printable(extension));
#endif
  const std::filesystem::path path = find_mesh(file, folder);
  if (extension == ".obj") return read_obj(path);
#ifdef MACE_ASSIMP
  if (!ours) return read_assimp(path);
#endif
  return {read_stl(path)};
}

}  // namespace mace::detail
